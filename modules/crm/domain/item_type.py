"""Verbs on the kinds of records that a company makes for itself: made, changed, put away and brought back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound, Text
from infra.kit.refs import RecordRef
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.item_presets import PRESETS, Preset
from modules.crm.domain.kinds import Kind, forget_kinds, kind_named
from modules.crm.domain.pipeline import add_preset_pipeline
from modules.crm.models import CustomField, Item, ItemType, Pipeline, Stage

MANAGE = "crm.type.manage"
LIMIT = "crm.types"
MOST_PINNED = 5
KEPT = timedelta(days=30)
ICONS: Mapping[str, Text] = {
    "box": pgettext_lazy("a picture", "Box"),
    "alert-triangle": pgettext_lazy("a picture", "Warning sign"),
    "file-certificate": pgettext_lazy("a picture", "Paper with a seal"),
    "file-text": pgettext_lazy("a picture", "Paper"),
    "car": pgettext_lazy("a picture", "Car"),
    "truck": pgettext_lazy("a picture", "Truck"),
    "headset": pgettext_lazy("a picture", "Headset"),
    "tool": pgettext_lazy("a picture", "Spanner"),
    "home": pgettext_lazy("a picture", "House"),
    "key": pgettext_lazy("a picture", "Key"),
    "school": pgettext_lazy("a picture", "Mortarboard"),
    "heart-handshake": pgettext_lazy("a picture", "Handshake"),
    "shield-check": pgettext_lazy("a picture", "Shield"),
    "device-laptop": pgettext_lazy("a picture", "Laptop"),
    "speakerphone": pgettext_lazy("a picture", "Loudspeaker"),
    "star": pgettext_lazy("a picture", "Star"),
}


@dataclass(frozen=True, kw_only=True)
class TypeDesign:
    """What an administrator says of a kind: one and many in words, how it looks, and what its records have."""

    name: str
    plural: str
    icon: str = "box"
    colour: str = Stage.Colour.ACCENT
    numbered: bool = False
    prefix: str = ""
    staged: bool = True
    with_amount: bool = False
    with_dates: bool = False
    links: Sequence[str] = ()
    pinned: bool = False


def count_types() -> int:
    """How many kinds the portal has made, for `crm.types`; those in the trash are not counted."""
    return ItemType.objects.filter(deleted_at__isnull=True).count()


def type_rows(*, trashed: bool = False) -> QuerySet[ItemType]:
    """The kinds that the portal has made, or those in the trash."""
    return ItemType.objects.filter(deleted_at__isnull=not trashed)


def pipelines_of(row: ItemType) -> list[Pipeline]:
    """The pipelines that records of a kind go through, with their stages."""
    return list(Pipeline.objects.filter(kind=f"item_{row.pk}").prefetch_related("stages"))


def deleted_types() -> list[ItemType]:
    """Those in the trash, latest first."""
    return list(type_rows(trashed=True).order_by("-deleted_at", "-id"))


def access_type(type_id: int, *, trashed: bool = False) -> ItemType:
    """A kind of the portal by id. Raises NotFound."""
    row = type_rows(trashed=trashed).filter(pk=type_id).first()
    if row is None:
        raise NotFound
    return row


def design_of(row: ItemType) -> TypeDesign:
    """What a kind is now, as its form shows it."""
    return TypeDesign(**{name: getattr(row, name) for name in TypeDesign.__dataclass_fields__})


def design_from(preset: Preset) -> TypeDesign:
    """What a kind begins as that is made from `preset`, in the reader's language."""
    return TypeDesign(
        name=str(preset.name),
        plural=str(preset.plural),
        icon=preset.icon,
        colour=preset.colour,
        numbered=bool(preset.prefix),
        prefix=preset.prefix,
        with_amount=preset.with_amount,
        with_dates=preset.with_dates,
        links=preset.links,
    )


def create_type(*, actor: Actor, design: TypeDesign, preset: str = "") -> ItemType:
    """Make a kind of records, with a pipeline where it goes through stages; `preset` brings stages and fields along.

    Raises Denied, Invalid, LimitReached, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    begun = PRESETS.get(preset)
    with transaction.atomic():
        gates.reserve(LIMIT)
        last = type_rows().aggregate(last=Max("position"))["last"]
        row = ItemType(position=0 if last is None else last + 1)
        _apply(row, design)
        forget_kinds()
        kind = kind_named(f"item_{row.pk}")
        if row.staged:
            _add_pipeline(kind, begun)
        for field in begun.fields if begun else ():
            add_field(actor=actor, kind=kind, design=_told(field))
        audit.record(actor, "type.create", _ref(row), note=row.plural)
    return row


def _told(field: FieldDesign) -> FieldDesign:
    options = [str(option) for option in field.options]
    return replace(field, name=str(field.name), options=options)


def _add_pipeline(kind: Kind, preset: Preset | None = None) -> Pipeline:
    stages = preset.stages if preset else ()
    return add_preset_pipeline(kind=kind, name=str(kind.plural), usual=True, stages=stages)


def edit_type(*, actor: Actor, row: ItemType, design: TypeDesign, version: int | None = None) -> ItemType:
    """Change a kind. What its records no longer have is hidden, not lost: it is there again when it is switched on.

    Raises Conflict, Denied, Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = _lock(row, version)
        before = _words(locked)
        _apply(locked, design)
        forget_kinds()
        kind = kind_named(f"item_{locked.pk}")
        if locked.staged:
            _enter_stages(kind)
        if locked.numbered:
            _number(locked)
        after = _words(locked)
        changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
        if changed:
            audit.record(actor, "type.edit", _ref(locked), changed)
    return locked


def _enter_stages(kind: Kind) -> None:
    """Records from before the kind had stages enter the first one."""
    usual = Pipeline.objects.filter(kind=kind.key, is_usual=True).first() or _add_pipeline(kind)
    rows = Item.objects.filter(type_id=kind.type_id, stage__isnull=True)
    rows.update(stage=usual.stages.order_by("position", "id").first(), stage_since=timezone.now())


def _number(row: ItemType) -> None:
    """Records from before the kind was numbered get numbers, the oldest first."""
    for item in Item.objects.filter(type=row, number__isnull=True).order_by("id").only("id").iterator():
        Item.objects.filter(pk=item.pk).update(number=row.next_number)
        row.next_number += 1
    ItemType.objects.filter(pk=row.pk).update(next_number=row.next_number)


def delete_type(*, actor: Actor, row: ItemType, version: int | None = None) -> None:
    """Put a kind into the trash with all its records; for 30 days it can come back whole. Raises Conflict, Denied,
    NotFound, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = _lock(row, version)
        ItemType.objects.filter(pk=locked.pk).update(deleted_at=timezone.now(), pinned=False, version=F("version") + 1)
        gates.release(LIMIT)
        forget_kinds()
        audit.record(actor, "type.delete", _ref(locked), note=locked.plural)


def restore_type(*, actor: Actor, row: ItemType) -> ItemType:
    """Take a kind out of the trash. Raises Denied, Invalid (its name is taken), LimitReached, NotFound, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = ItemType.objects.select_for_update().filter(pk=row.pk, deleted_at__isnull=False).first()
        if locked is None:
            raise NotFound
        gates.reserve(LIMIT)
        locked.deleted_at = None
        _save(locked)
        forget_kinds()
        audit.record(actor, "type.restore", _ref(locked), note=locked.plural)
    return locked


def order_types(*, actor: Actor, ids: Sequence[int]) -> None:
    """Show the kinds in this order, in menus and wherever all are named; those not in `ids` follow. Raises Denied,
    ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        rows = list(type_rows().select_for_update().order_by("pk"))
        places = {pk: place for place, pk in enumerate(ids)}
        rows.sort(key=lambda row: (places.get(row.pk, len(places)), row.position, row.pk))
        for place, row in enumerate(rows):
            if row.position != place:
                ItemType.objects.filter(pk=row.pk).update(position=place)
        forget_kinds()
        audit.record(actor, "type.order", None)


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a kind takes along into the trash: how many records (up to `MOST_COUNTED`), own fields and pipelines."""

    records: int
    fields: int
    pipelines: int


MOST_COUNTED = 10_000


def contents_of(row: ItemType) -> Contents:
    """What would go with the kind."""
    key = f"item_{row.pk}"
    return Contents(
        records=Item.objects.alive().filter(type=row).order_by()[:MOST_COUNTED].count(),
        fields=CustomField.objects.filter(kind=key, archived_at__isnull=True).count(),
        pipelines=Pipeline.objects.filter(kind=key).count(),
    )


def _apply(row: ItemType, design: TypeDesign) -> None:
    wrong: dict[str, list[str]] = {}
    name, plural, prefix = design.name.strip(), design.plural.strip(), design.prefix.strip()
    for key, text in (("name", name), ("plural", plural)):
        if not 0 < len(text) <= 60 or "\0" in text:
            wrong[key] = [_("A name has 1 to %(most)s characters.") % {"most": 60}]
    if len(prefix) > 10 or "\0" in prefix:
        wrong["prefix"] = [_("At most %(most)s characters.") % {"most": 10}]
    if design.icon not in ICONS:
        wrong["icon"] = [_("Choose one of the list.")]
    if design.colour not in Stage.Colour.values:
        wrong["colour"] = [_("There is no such colour.")]
    if set(design.links) - set(ItemType.LINKS):
        wrong["links"] = [_("Choose one of the list.")]
    pinned = ItemType.objects.filter(pinned=True, deleted_at__isnull=True).exclude(pk=row.pk)
    if design.pinned and pinned.count() >= MOST_PINNED:
        wrong["pinned"] = [_("The menu has room for %(most)s. Take another one out first.") % {"most": MOST_PINNED}]
    if wrong:
        raise Invalid(fields=wrong)
    row.name, row.plural, row.prefix = name, plural, prefix
    row.links = [link for link in ItemType.LINKS if link in design.links]
    for key in ("icon", "colour", "numbered", "staged", "with_amount", "with_dates", "pinned"):
        setattr(row, key, getattr(design, key))
    _save(row)


def _save(row: ItemType) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(fields={"plural": [_("There is a kind of this name already.")]}) from None


def _lock(row: ItemType, version: int | None) -> ItemType:
    locked = ItemType.objects.select_for_update().filter(pk=row.pk, deleted_at__isnull=True).first()
    if locked is None:
        raise NotFound
    if version is not None and version != locked.version:
        raise Conflict(current_version=locked.version)
    return locked


def _words(row: ItemType) -> dict[str, object]:
    words: dict[str, object] = {name: getattr(row, name) for name in TypeDesign.__dataclass_fields__}
    return {**words, "links": ", ".join(row.links)}


def _ref(row: ItemType) -> RecordRef:
    return RecordRef("crm", "type", row.pk)
