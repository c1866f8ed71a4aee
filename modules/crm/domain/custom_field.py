"""Verbs on custom fields: made, changed and retired without a programmer and without DDL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit, jobs
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.refs import RecordRef
from modules.crm.domain import formula as formulas
from modules.crm.domain.field_rights import MANAGE
from modules.crm.domain.fields import AMOUNT, SEARCHED, Field, Type
from modules.crm.domain.kinds import Kind, fields_of, kind_named, kinds
from modules.crm.models import CustomField, FieldOption

MOST_FIELDS, MOST_OPTIONS = 200, 500
NUMERIC = frozenset({Type.NUMBER, Type.MONEY, Type.FORMULA, AMOUNT})


@dataclass(frozen=True, kw_only=True)
class FieldDesign:
    """What an administrator says of a field. `options` are names in order, or (id, name) of those that stay."""

    name: str
    type: str = Type.TEXT
    help: str = ""
    required: bool = False
    in_list: bool = False
    in_filter: bool = True
    in_search: bool = False
    multiple: bool = False
    places: int = 2
    links: Sequence[str] = ()
    formula: str = ""
    options: Sequence[str | tuple[int, str]] = field(default_factory=tuple)


def add_field(*, actor: Actor, kind: Kind, design: FieldDesign) -> CustomField:
    """Give `kind` a further field. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = _checked(kind, design)
    with transaction.atomic():
        last = _room(kind.key).aggregate(last=Max("position"))["last"]
        row = CustomField(kind=kind.key, type=design.type, position=0 if last is None else last + 1, **values)
        _write(row, design)
        audit.record(actor, "field.create", _ref(row), note=f"{kind.key}: {row.name}")
        if row.type == Type.FORMULA:
            jobs.named("crm.recompute_formulas").enqueue(row.kind)
    return row


def _room(kind_key: str) -> QuerySet[CustomField]:
    """The fields in use of a kind. Raises Invalid where there is no room for a further one."""
    rows = CustomField.objects.filter(kind=kind_key, archived_at__isnull=True)
    if rows.count() >= MOST_FIELDS:
        raise Invalid(_("At most %(most)s fields.") % {"most": MOST_FIELDS})
    return rows


def edit_field(*, actor: Actor, row: CustomField, design: FieldDesign) -> CustomField:
    """Change a field; its type stays. Options left out are retired: records keep them.

    Raises Denied, Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    if design.type != row.type:
        raise Invalid(fields={"type": [_("A field keeps its type. Make another one and retire this.")]})
    values = _checked(kind_named(row.kind), design, besides=row)
    with transaction.atomic():
        changed = {key: (getattr(row, key), new) for key, new in values.items() if getattr(row, key) != new}
        for key, value in values.items():
            setattr(row, key, value)
        _write(row, design)
        audit.record(actor, "field.edit", _ref(row), changed)
        if "settings" in changed and row.type == Type.FORMULA:
            jobs.named("crm.recompute_formulas").enqueue(row.kind)
        if "in_search" in changed:
            jobs.named("crm.refresh_searches").enqueue(row.kind)
    return row


def retire_field(*, actor: Actor, row: CustomField) -> None:
    """Take a field out of use; its values stay on the records until it is brought back. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        row.archived_at = timezone.now()
        row.save(update_fields=["archived_at"])
        audit.record(actor, "field.delete", _ref(row), note=row.name)
        _follow(row)


def bring_back_field(*, actor: Actor, row: CustomField) -> None:
    """Take a retired field into use again. Raises Denied, Invalid (the name is taken, too many), ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        _room(row.kind)
        row.archived_at = None
        _save(row)
        audit.record(actor, "field.restore", _ref(row), note=row.name)
        _follow(row)


def _follow(row: CustomField) -> None:
    """A field went, or came back: so do the words that records are found by, and the numbers that formulas ask for."""
    if row.in_search:
        jobs.named("crm.refresh_searches").enqueue(row.kind)
    formulas_of_kind = CustomField.objects.filter(kind=row.kind, type=Type.FORMULA, archived_at__isnull=True)
    if row.type in NUMERIC and formulas_of_kind.exists():
        jobs.named("crm.recompute_formulas").enqueue(row.kind)


def retired_keys(kind: Kind) -> set[str]:
    """The keys under which records of `kind` still hold values of retired fields."""
    return {row.key for row in CustomField.objects.filter(kind=kind.key, archived_at__isnull=False).only("pk")}


def order_fields(*, actor: Actor, kind: Kind, ids: Sequence[int]) -> None:
    """Put the fields of `kind` into this order; those not named follow. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        rows = list(CustomField.objects.select_for_update().filter(kind=kind.key, archived_at__isnull=True))
        places = {pk: place for place, pk in enumerate(ids)}
        rows.sort(key=lambda row: (places.get(row.pk, len(places)), row.position, row.pk))
        for place, row in enumerate(rows):
            row.position = place
        CustomField.objects.bulk_update(rows, ["position"])
        audit.record(actor, "field.order", None, note=kind.key)


def own_fields(kind: Kind, *, retired: bool = False) -> list[CustomField]:
    """The custom fields of `kind` in use, or the retired ones."""
    return list(CustomField.objects.filter(kind=kind.key, archived_at__isnull=not retired))


def fields_in_use() -> QuerySet[CustomField]:
    """All custom fields in use, with their answers."""
    return CustomField.objects.filter(archived_at__isnull=True).prefetch_related("options")


def retired_fields() -> QuerySet[CustomField]:
    """All custom fields that are out of use, with their answers."""
    return CustomField.objects.filter(archived_at__isnull=False).prefetch_related("options")


def access_field(field_id: int) -> CustomField:
    """A custom field by id, retired or not. Raises NotFound."""
    row = CustomField.objects.prefetch_related("options").filter(pk=field_id).first()
    if row is None:
        raise NotFound
    return row


def design_of(row: CustomField) -> FieldDesign:
    """What a field is now, as its form shows it."""
    return FieldDesign(
        name=row.name,
        type=row.type,
        help=row.help,
        required=row.required,
        in_list=row.in_list,
        in_filter=row.in_filter,
        in_search=row.in_search,
        multiple=bool(row.settings.get("multiple")),
        places=int(row.settings.get("places", 2)),
        links=tuple(row.settings.get("links", ())),
        formula=str(row.settings.get("formula", "")),
        options=[(option.pk, option.name) for option in row.options.all() if option.archived_at is None],
    )


def numbers_of(kind: Kind) -> list[Field]:
    """The fields that a formula may ask for."""
    return [item for item in fields_of(kind) if item.type in NUMERIC]


def _checked(kind: Kind, design: FieldDesign, besides: CustomField | None = None) -> dict[str, Any]:
    wrong: dict[str, list[str]] = {}
    name = design.name.strip()
    if not name or len(name) > 80 or "\0" in name:
        wrong["name"] = [_("A name has 1 to %(most)s characters.") % {"most": 80}]
    if design.type not in Type.values:
        wrong["type"] = [_("Choose one of the list.")]
    if design.type in (Type.CHOICE, Type.CHOICES) and not design.options:
        wrong["options"] = [_("Write at least one answer.")]
    if len(design.options) > MOST_OPTIONS:
        wrong["options"] = [_("At most %(most)s.") % {"most": MOST_OPTIONS}]
    if not 0 <= design.places <= 6:
        wrong["places"] = [_("A whole number from 0 to %(most)s.") % {"most": 6}]
    if design.type == Type.RECORD and (not design.links or set(design.links) - set(kinds())):
        wrong["links"] = [_("Choose what it links to.")]
    if wrong:
        raise Invalid(fields=wrong)
    if design.type == Type.FORMULA:
        known = {item.key for item in numbers_of(kind) if besides is None or item.key != besides.key}
        formulas.check(design.formula, known)
        if besides is not None:
            _refuse_circle(kind, besides.key, design.formula)
    return {
        "name": name,
        "help": design.help.strip()[:200],
        "required": design.required and design.type != Type.FORMULA,
        "in_list": design.in_list,
        "in_filter": design.in_filter and design.type != Type.FILE,
        "in_search": design.in_search and design.type in SEARCHED,
        "settings": _settings(design),
    }


def _refuse_circle(kind: Kind, key: str, formula: str) -> None:
    rows = CustomField.objects.filter(kind=kind.key, type=Type.FORMULA)
    asked = {row.key: formulas.names_in(str(row.settings.get("formula", ""))) for row in rows}
    asked[key] = formulas.names_in(formula)
    if key in formulas.asked_for(asked, asked[key]):
        raise Invalid(fields={"formula": [_("This formula would ask for its own result.")]})


def _settings(design: FieldDesign) -> dict[str, Any]:
    match design.type:
        case Type.NUMBER:
            return {"places": design.places}
        case Type.RECORD:
            return {"links": sorted(design.links), "multiple": design.multiple}
        case Type.PERSON | Type.FILE:
            return {"multiple": design.multiple}
        case Type.FORMULA:
            return {"formula": design.formula.strip()}
    return {}


def _write(row: CustomField, design: FieldDesign) -> None:
    _save(row)
    if row.type not in (Type.CHOICE, Type.CHOICES):
        return
    known: Mapping[int, FieldOption] = {option.pk: option for option in row.options.all()}
    kept: set[int] = set()
    for place, given in enumerate(design.options):
        pk, name = given if isinstance(given, tuple) else (0, given)
        name = name.strip()[:100]
        if not name or "\0" in name:
            raise Invalid(fields={"options": [_("A name has 1 to %(most)s characters.") % {"most": 100}]})
        option = known.get(pk) or next((o for o in known.values() if o.name == name), None) or FieldOption(field=row)
        option.name, option.position, option.archived_at = name, place, None
        option.save()
        kept.add(option.pk)
    row.options.exclude(pk__in=kept).update(archived_at=timezone.now())


def _save(row: CustomField) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(fields={"name": [_("There is a field of this name already.")]}) from None


def _ref(row: CustomField) -> RecordRef:
    return RecordRef("crm", "field", row.pk)
