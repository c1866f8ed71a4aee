"""What a file's rows name and the portal has: stages, people, answers, companies, contacts, and the same records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import F
from django.utils.translation import gettext as _

from infra.kit.access import Actor, may
from modules.crm.domain.access import pipeline_rules, visible
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import Field
from modules.crm.domain.importing.headings import plain
from modules.crm.domain.importing.rows import Row
from modules.crm.domain.importing.words import ANSWERS
from modules.crm.domain.kinds import Kind, field_map, kind_named
from modules.crm.domain.selling.requisite_templates import bare_number
from modules.crm.domain.shaping import first_stage
from modules.crm.models import ContactPoint, Import, ImportRow, Requisite, Stage
from tenants.people.models import User


def names_of_stages(kind: Kind) -> dict[str, Stage]:
    """Stages of `kind` by their titles as compared, the usual pipeline first; common words for new, won, lost."""
    if not kind.staged:
        return {}
    rows = Stage.objects.select_related("pipeline").filter(pipeline__kind=kind.key)
    stages = list(rows.order_by("-pipeline__is_usual", "pipeline__position", "pipeline_id", "position", "id"))
    found: dict[str, Stage] = {}
    for stage in stages:
        found.setdefault(plain(stage.title), stage)
    usual = [stage for stage in stages if stage.pipeline_id == stages[0].pipeline_id]
    opened = [stage for stage in usual if stage.kind == Stage.Kind.OPEN]
    meant = {
        "new": opened[:1],
        "in_work": opened[1:2],
        "won": [stage for stage in usual if stage.kind == Stage.Kind.WON][:1],
        "lost": [stage for stage in usual if stage.kind == Stage.Kind.LOST][:1],
    }
    for meaning, names in ANSWERS["stage"].items():
        for name in names.split("|"):
            if meant[meaning]:
                found.setdefault(name, meant[meaning][0])
    return found


def names_of_people() -> dict[str, int]:
    """Active people by full name in both orders, and by e-mail."""
    found: dict[str, int] = {}
    for pk, first, last, email in User.objects.active().values_list("pk", "first_name", "last_name", "email"):
        for name in (f"{first} {last}", f"{last} {first}", email):
            found.setdefault(plain(name), pk)
    return found


class Known:
    """The portal as `actor` sees it, for records of `kind`: looked up set by set. `headings` are those of the file."""

    def __init__(self, actor: Actor, kind: Kind, headings: Sequence[str] = ()) -> None:
        self.actor, self.kind, self.headings = actor, kind, list(headings)
        self.items = field_map(kind)
        self.closed = levels(actor, kind)
        self.making = pipeline_rules(actor, kind, "create")
        self.stages = names_of_stages(kind)
        self.people = names_of_people()
        self.first_stage = first_stage(kind) if kind.staged else None
        self._alike: dict[int, bool] = {}
        self._linked_items: dict[str, dict[str, Field]] = {}

    def items_of(self, kind: Kind) -> dict[str, Field]:
        """Fields of a kind that rows link to."""
        if kind.key not in self._linked_items:
            self._linked_items[kind.key] = field_map(kind)
        return self._linked_items[kind.key]

    def named(self, kind: Kind, names: Iterable[str]) -> dict[str, int]:
        """The newest visible records of `kind` called exactly so: name → id."""
        wanted = sorted({name for name in names if name})
        if not wanted or not may(self.actor, kind.permission("view")):
            return {}
        title = kind.title_field
        rows = visible(self.actor, kind).filter(**{f"{title}__in": wanted}).order_by("pk")
        return {str(name): pk for name, pk in rows.values_list(title, "pk")}

    def twins(self, rows: Sequence[Row]) -> dict[int, int]:
        """Rows that the portal knows: number of the row → id of the record, by the surest sign first."""
        found: dict[int, int] = {}
        for signs in (self._by_external, self._by_tax, self._by_point, self._by_title):
            rest = [row for row in rows if row.number not in found]
            pairs = signs(rest) if rest else {}
            seen = visible(self.actor, self.kind).filter(pk__in=set(pairs.values())).values_list("pk", flat=True)
            there = set(seen) if pairs else set()
            found |= {number: pk for number, pk in pairs.items() if pk in there}
        return found

    def _by_external(self, rows: Sequence[Row]) -> dict[int, int]:
        """By the id in the other system. Every system has a record 1: an id of a file with other columns counts where
        name, phone or e-mail say the same."""
        wanted = {row.external: row for row in rows if row.external}
        if not wanted:
            return {}
        known = self.kind.rows().alive().filter(external_id__in=list(wanted)).order_by("pk")
        doubted = [(text, pk) for text, pk in known.values_list("external_id", "pk")]
        marks = ImportRow.objects.filter(kind=self.kind.key, external__in=list(wanted)).exclude(record_id=None)
        trusted: dict[str, int] = {}
        for text, pk, import_id in marks.order_by("pk").values_list("external", "record_id", "imported_id"):
            if self._is_alike(import_id):
                trusted[text] = pk or 0
            else:
                doubted.append((text, pk or 0))
        found = self._agreeing([pair for pair in doubted if pair[0] not in trusted], wanted) | trusted
        return {wanted[text].number: pk for text, pk in found.items()}

    def _is_alike(self, import_id: int) -> bool:
        """Whether the file of that import has the columns of this one."""
        if import_id not in self._alike:
            columns = Import.objects.values_list("columns", flat=True).get(pk=import_id)
            self._alike[import_id] = [column["name"] for column in columns] == self.headings
        return self._alike[import_id]

    def _agreeing(self, pairs: Sequence[tuple[str, int]], rows: Mapping[str, Row]) -> dict[str, int]:
        """Those of `pairs` (external id, record) whose record is called as the row says, or has its phone or e-mail."""
        ids = {pk for _text, pk in pairs}
        if not ids:
            return {}
        names = {record.pk: plain(str(record)) for record in self.kind.rows().filter(pk__in=ids).defer("search")}
        points: dict[int, set[str]] = {}
        if self.kind.reachable:
            owner = f"{self.kind.key}_id"
            for pk, value in ContactPoint.objects.filter(**{f"{owner}__in": ids}).values_list(owner, "value"):
                points.setdefault(pk, set()).add(value)
        return {
            text: pk
            for text, pk in pairs
            if plain(_called(self.kind, rows[text])) == names.get(pk)
            or points.get(pk, set()) & set(values_of(rows[text]))
        }

    def _by_tax(self, rows: Sequence[Row]) -> dict[int, int]:
        numbers = {number: row.number for row in rows for number in taxes_of(row)}
        if not numbers or self.kind.key not in ("contact", "company"):
            return {}
        owner = f"{self.kind.key}_id"
        kept = Requisite.objects.filter(tax_number__in=list(numbers), **{f"{owner}__isnull": False})
        return {numbers[number]: pk for number, pk in kept.order_by("pk").values_list("tax_number", owner)}

    def _by_point(self, rows: Sequence[Row]) -> dict[int, int]:
        if not self.kind.reachable:
            return {}
        values: dict[str, list[int]] = {}
        for row in rows:
            for value in values_of(row):
                values.setdefault(value, []).append(row.number)
        if not values:
            return {}
        owner = f"{self.kind.key}_id"
        points = ContactPoint.objects.filter(value__in=list(values), **{f"{owner}__isnull": False})
        alive = points.filter(**{f"{self.kind.key}__deleted_at__isnull": True}).order_by(F(owner))
        return {number: pk for value, pk in alive.values_list("value", owner) for number in values[value]}

    def _by_title(self, rows: Sequence[Row]) -> dict[int, int]:
        if self.kind.key in ("company", "product"):
            title = self.kind.title_field
            known = self.named(self.kind, (str(row.values.get(title, "")) for row in rows))
            return {row.number: known[row.values[title]] for row in rows if row.values.get(title) in known}
        if self.kind.key != "deal":
            return {}
        titles = {str(row.values.get("title", "")) for row in rows if not row.external} - {""}
        if not titles:
            return {}
        deals = visible(self.actor, self.kind).filter(title__in=titles).order_by("pk")
        kept = {(title, company or ""): pk for title, company, pk in deals.values_list("title", "company__name", "pk")}
        return {
            row.number: kept[key]
            for row in rows
            if not row.external and (key := (str(row.values.get("title", "")), row.links.get("company_id", ""))) in kept
        }


def _called(kind: Kind, row: Row) -> str:
    """How the record of a row would be called."""
    if kind.key == "contact":
        parts = (row.values.get(part) for part in ("first_name", "middle_name", "last_name"))
        return " ".join(str(part) for part in parts if part)
    return str(row.values.get(kind.title_field, ""))


def taxes_of(row: Row) -> list[str]:
    """Tax numbers that the row gives, as they are compared."""
    names = ("inn", "nip", "cnpj", "siren", "mst", "ein", "unp", "bin", "vat")
    return [number for name in names if (number := bare_number(row.requisites.get(name, "")))]


def values_of(row: Row) -> list[str]:
    """Phones and e-mails of the row as they are compared."""
    return [point.value for point in row.points if point.value and point.kind in ("phone", "email")]


def keys_of(kind: Kind, row: Row) -> set[tuple[str, str]]:
    """By what two rows of one file are taken for the same record."""
    keys = {("point", value) for value in values_of(row)} | {("tax", number) for number in taxes_of(row)}
    if row.external:
        keys.add(("external", row.external))
    if kind.key in ("company", "product") and row.values.get(kind.title_field):
        keys.add(("name", str(row.values[kind.title_field])))
    if kind.key == "deal" and not row.external:
        keys.add(("deal", f"{row.values.get('title', '')}\n{row.links.get('company_id', '')}"))
    return keys


def link_kind(item: Field) -> Kind:
    """The kind that a link by name leads to."""
    return kind_named(item.links[0])


def not_found(names: Mapping[str, str], items: Mapping[str, Field]) -> str:
    """A note that names which people or records are not known."""
    told = ", ".join(f"{items[key].title if key in items else key}: {name}" for key, name in names.items())
    return _("Not found here: %(names)s.") % {"names": told[:300]}
