"""Duplicates: other records with the same phone, e-mail or tax number, or a name spelled alike."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from infra.db.prepared import Prepared
from infra.kit.access import Actor, may
from infra.kit.errors import Text
from infra.kit.refs import RecordRef
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.fields import POINTS
from modules.crm.domain.kinds import Kind, kind_named, kind_of
from modules.crm.domain.search import found
from modules.crm.models import ContactPoint, DuplicatePair, Item, Lead, Record, Requisite

MOST_SHOWN = 10
ALIKE = 0.85
_FORMS = frozenset(
    word
    for line in (
        "ооо оао зао пао ао ип тоо чп фгуп гуп муп нко ltd llc inc corp co gmbh ag sa sas sarl plc oy ab as",
        "sp z oo zoo ltda eireli cong ty tnhh company limited the",
    )
    for word in line.split()
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is known of somebody: comparable phones and e-mails (`values`), names, tax numbers."""

    values: Sequence[str] = ()
    names: Sequence[str] = ()
    tax_numbers: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Another record, and what it shares; `by` says which kind of likeness it is."""

    record: Any
    value: str
    by: Text = field(default=_("same contact"))

    @property
    def url(self) -> str:
        """The address of its card."""
        return kind_of(self.record).url("card", self.record.pk)


def find_duplicates(
    *,
    actor: Actor,
    probe: Probe,
    kinds: Iterable[str] = ("lead", "contact", "company"),
    besides: Record | None = None,
    limit: int = MOST_SHOWN,
) -> list[Duplicate]:
    """The newest records of `kinds` that `actor` may see and that fit `probe`, except `besides`: those with the same
    phone, e-mail or tax number first, then those whose name is spelled alike."""
    found_now: list[Duplicate] = []
    for key in kinds:
        kind = kind_named(key)
        if may(actor, kind.permission("view")):
            found_now += _of_kind(actor, kind, probe, besides, limit)
    return found_now[:limit]


def _of_kind(actor: Actor, kind: Kind, probe: Probe, besides: Record | None, limit: int) -> list[Duplicate]:
    rows = visible(actor, kind).select_related("responsible", *(["stage"] if kind.staged else []))
    if besides is not None and besides.kind == kind.key:
        apart = DuplicatePair.objects.filter(kind=kind.key, apart_at__isnull=False)
        pairs = apart.filter(Q(left_id=besides.pk) | Q(right_id=besides.pk)).values_list("left_id", "right_id")
        rows = rows.exclude(pk__in={besides.pk, *(one for pair in pairs for one in pair)})
    closed = hidden(actor, kind)
    shared = {**_by_tax(kind, probe), **_by_point(kind, probe, closed)}
    twins = [
        Duplicate(record=row, value=shared[row.pk][0], by=shared[row.pk][1])
        for row in rows.filter(pk__in=shared).order_by("-created_at", "-id")[:limit]
    ]
    known = {twin.record.pk for twin in twins}
    for row, name in _by_name(rows, kind, probe, limit):
        if row.pk not in known:
            twins.append(Duplicate(record=row, value=name, by=_("similar name")))
    return twins


def _by_point(kind: Kind, probe: Probe, closed: Collection[str]) -> dict[int, tuple[str, Text]]:
    wanted = {value for value in probe.values if value}
    if not wanted or not kind.reachable:
        return {}
    points = ContactPoint.objects.filter(value__in=wanted, **{f"{kind.key}__isnull": False})
    points = points.exclude(kind__in=[key.removesuffix("s") for key in POINTS if key in closed])
    pairs = points.order_by(f"-{kind.key}_id").values_list(f"{kind.key}_id", "value")[:200]
    return {pk: (value, _("same contact")) for pk, value in pairs}


def _by_tax(kind: Kind, probe: Probe) -> dict[int, tuple[str, Text]]:
    wanted = {number for number in probe.tax_numbers if number}
    if not wanted or kind.key not in ("contact", "company"):
        return {}
    rows = Requisite.objects.filter(tax_number__in=wanted, **{f"{kind.key}__isnull": False})
    return {pk: (number, _("same tax number")) for pk, number in rows.values_list(f"{kind.key}_id", "tax_number")[:200]}


def _by_name(rows: Any, kind: Kind, probe: Probe, limit: int) -> Iterable[tuple[Any, str]]:
    """Rows that share the longest word's beginning, then compared as a whole: the index finds, Python decides."""
    for name in probe.names:
        words = bare(name)
        if kind.key == "lead" or sum(map(len, words)) < 4:
            continue
        longest = max(words, key=len)
        near = found(rows, longest[: max(4, len(longest) - 2)]).order_by("-created_at", "-id")[:50]
        for row in near:
            other = bare(getattr(row, kind.title_field))
            if SequenceMatcher(None, " ".join(sorted(words)), " ".join(sorted(other))).ratio() >= ALIKE:
                yield row, getattr(row, kind.title_field)
                limit -= 1
                if not limit:
                    return


def bare(name: str) -> list[str]:
    """The words of a name without legal forms and punctuation, ё as е."""
    words = _WORD.findall(name.lower().replace("ё", "е"))
    return [word for word in words if word not in _FORMS] or words


def probe_of(record: Any) -> Probe:
    """What `record` is recognised by."""
    points = [point.value for point in record.contact_points.all()] if hasattr(record, "contact_points") else []
    taxes = [row.tax_number for row in record.requisites.all()] if hasattr(record, "requisites") else []
    nameless = isinstance(record, Lead) or (isinstance(record, Item) and record.number is not None)
    names = [] if nameless else [str(record)]
    return Probe(values=points, names=names, tax_numbers=taxes)


_HOLDERS = Prepared(
    lambda values: (
        ContactPoint.objects.filter(value__in=values, lead__isnull=False)
        .order_by("-lead_id")
        .values_list("lead_id")[:200]
    )
)


def newest_holders(values: Sequence[str], besides: int | None = None, limit: int = MOST_SHOWN) -> list[Lead]:
    """The newest leads outside the trash with one of `values`, whoever may see them: for the portal's own decisions."""
    wanted = sorted({value for value in values if value})
    ids = {lead_id for (lead_id,) in _HOLDERS.rows(wanted)} - {besides} if wanted else set()
    if not ids:
        return []
    return list(Lead.objects.alive().filter(pk__in=ids).order_by("-created_at", "-id")[:limit])


def refs(leads: Sequence[Lead]) -> tuple[RecordRef, ...]:
    """References of `leads`."""
    return tuple(lead.ref for lead in leads)
