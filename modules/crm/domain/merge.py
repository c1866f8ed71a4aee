"""Duplicates become one record: a value chosen per field, every link moved, and all of it can be taken back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.outbox import publish
from modules.crm.contracts import RecordsMerged
from modules.crm.domain import shaping, value_index
from modules.crm.domain.access import require_on
from modules.crm.domain.activity import refresh_steps
from modules.crm.domain.consequences import after_merge
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import (
    ADDRESSES,
    AMOUNT,
    PEOPLE_OF_DEAL,
    PLACES_OF_WORK,
    POINTS,
    WATCHERS,
    Field,
    Type,
    of_custom,
)
from modules.crm.domain.kinds import Kind, field_map, kind_of, model_named
from modules.crm.domain.locking import lock
from modules.crm.domain.people import still_active
from modules.crm.domain.record import edit_record
from modules.crm.domain.telling import tell
from modules.crm.domain.values import MOST_ITEMS, as_json
from modules.crm.models import (
    Activity,
    Address,
    Affiliation,
    Change,
    ContactPoint,
    CustomField,
    DealContact,
    FieldValue,
    Letterhead,
    Record,
    Recurrence,
    StockHold,
)

MOST = 20
KEPT = timedelta(days=30)
# What is copied onto the kept record instead of moved: the merged ones keep theirs, so that they can come back whole.
_COPIED = {(ContactPoint, ""), (Address, ""), (Affiliation, "contact"), (DealContact, "deal")}
# What a merged record keeps for itself: what it holds is worked out anew, a look or a repetition is of one alone.
_STAYING = (StockHold, Letterhead, Recurrence)
_GATHERED = (*POINTS, ADDRESSES, PLACES_OF_WORK, PEOPLE_OF_DEAL)


def merge_records(*, actor: Actor, record: Any, others: Sequence[Any], choices: Mapping[str, int] | None = None) -> Any:
    """Make `record` the only one: `others` go to the trash and everything that linked to them links to `record`.

    `choices` says whose value a field takes (key → id of one of them); where nothing is said, the kept record's own,
    else the first that is filled in. Phones, addresses, companies and people of all are kept. In fields closed to the
    actor nothing is chosen: the kept record's own value stays, what only the others have is taken along, and a value
    that gives way stands in the audit log for those who may see the field. Raises Conflict, Denied, Invalid, NotFound,
    ReadOnly.
    """
    gates.require_writable()
    kind = kind_of(record)
    ids = sorted({other.pk for other in others} - {record.pk})
    if not kind.mergeable:
        raise Invalid(_("Records of this kind stay apart."))
    if not ids or len(ids) > MOST or any(other.kind != kind.key for other in others):
        raise Invalid(_("Choose at least one other record of the same kind."))
    with transaction.atomic():
        locked = {pk: lock(kind, pk, None) for pk in sorted([record.pk, *ids])}
        kept, merged = locked[record.pk], [locked[pk] for pk in ids]
        for row in locked.values():
            require_on(actor, kind.permission("edit"), row)
        for row in merged:
            require_on(actor, kind.permission("delete"), row)
        items = field_map(kind)
        before = shaping.state_of(kind, kept, items)
        closed = levels(actor, kind)
        open_choices = {key: pk for key, pk in (choices or {}).items() if key not in closed}
        values = _values(kind, items, kept, merged, before, open_choices)
        given_way = _given_way(kind, {key: items[key] for key in closed if key in items}, merged, {**before, **values})
        moved, dropped = _move_links(kind, kept.pk, ids)
        relinked = _move_custom_links(kind, kept.pk, ids)
        kind.rows().filter(pk__in=ids).update(deleted_at=timezone.now())
        if _leaves_tree(kind, kept, ids):
            values.setdefault("parent_id", None)
        kept = _write(actor, kept, values, closed)
        after_merge(kind, [kept.pk, *ids])
        _refresh_steps(kind, kept.pk)
        after = shaping.state_of(kind, lock(kind, kept.pk, None), items)
        Change.objects.create(
            kind=kind.key,
            action="merge",
            author_id=actor.id,
            before={
                "kept": kept.pk,
                "merged": ids,
                "values": {key: as_json(before[key]) for key in values},
                "moved": moved,
                "dropped": dropped,
                "relinked": relinked,
            },
            after={key: as_json(after[key]) for key in values},
        )
        told = {"merged": ("", ", ".join(str(row) for row in merged)), **given_way}
        audit.record(actor, f"{kind.link}.merge", kept.ref, told)
        publish(RecordsMerged(record=kept.ref, merged=tuple(row.ref for row in merged), actor_id=actor.id))
        tell(kept, "changed", actor)
        for row in merged:
            tell(row, "deleted", actor)
    kept.refresh_from_db()
    return kept


def merge_chosen(*, actor: Actor, kind: Kind, rows: Any, keep: str) -> int:
    """Make one of all `rows`: the "oldest", or the one "changed" last, is kept and takes what it lacks from the others.

    Answers how many became part of it. Raises what `merge_records` does.
    """
    order = ("created_at", "pk") if keep == "oldest" else ("-updated_at", "-pk")
    chosen = list(kind.rows().alive().filter(pk__in=rows.order_by().values("pk")[: MOST + 2]).order_by(*order))
    if len(chosen) > MOST + 1:
        raise Invalid(_("At most %(most)s at once.") % {"most": MOST + 1})
    if len(chosen) < 2:
        raise Invalid(_("Choose at least two records."))
    merge_records(actor=actor, record=chosen[0], others=chosen[1:])
    return len(chosen) - 1


def _values(
    kind: Kind,
    items: Mapping[str, Field],
    kept: Record,
    merged: Sequence[Record],
    before: Mapping[str, Any],
    choices: Mapping[str, int],
) -> dict[str, Any]:
    states = {kept.pk: before, **{row.pk: shaping.state_of(kind, row, items) for row in merged}}
    gone = {row.pk for row in merged}
    values: dict[str, Any] = {}
    for key, item in items.items():
        if not item.settable or item.type == Type.FILE:
            continue
        value: Any
        if _is_gathered(item):
            value = _gathered([state.get(key) or [] for state in states.values()])
            if item.type == Type.PERSON:
                value = [pk for pk in value if pk in before[key] or pk in still_active(value)][:MOST_ITEMS]
        else:
            value = states[_source(states, _amount_of(items) if key == "currency" else key, choices)].get(key)
            if item.key == "parent_id" and value in {*gone, kept.pk}:
                value = None
        if value != before.get(key):
            values[key] = value
    return values


def _is_gathered(item: Field) -> bool:
    """Whether the merged record takes what all of them hold."""
    return item.type in _GATHERED or item.key == WATCHERS.key


def _amount_of(items: Mapping[str, Field]) -> str:
    """The amount to which a currency belongs: what is taken from one record keeps that record's currency."""
    return next((key for key, item in items.items() if item.type == AMOUNT and item.settable), "currency")


def _source(states: Mapping[int, Mapping[str, Any]], key: str, choices: Mapping[str, int]) -> int:
    """Whose value of `key` is taken: the chosen one's, else the first that is filled in, else the kept record's."""
    chosen = choices.get(key)
    among = [chosen] if chosen is not None and chosen in states else list(states)
    return next((pk for pk in among if _filled(states[pk].get(key))), next(iter(states)))


def _given_way(
    kind: Kind, items: Mapping[str, Field], merged: Sequence[Record], after: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """What the merged records hold in `items` and the kept one does not take, in words: (theirs, what stays)."""
    found: dict[str, tuple[Any, Any]] = {}
    single = {
        key: item for key, item in items.items() if item.settable and item.type != Type.FILE and not _is_gathered(item)
    }
    differing = []
    for row in merged if single else ():
        state = shaping.state_of(kind, row, single)
        keys = [key for key in single if _filled(state.get(key)) and state[key] != after.get(key)]
        differing.append(shaping.Edited(record=row, before=state, after=after, changed=keys))
    for words in shaping.told(single, differing):
        for key, (theirs, stays) in words.items():
            found[key] = ("; ".join(text for text in (found.get(key, ("",))[0], theirs) if text), stays)
    return found


def _write(actor: Actor, record: Any, values: Mapping[str, Any], closed: Collection[str]) -> Any:
    """Give `record` values: those of fields closed to `actor` move without that person."""
    for who, shut in ((actor, False), (SYSTEM, True)):
        part = {key: value for key, value in values.items() if (key in closed) is shut}
        if part:
            record.refresh_from_db()
            record = edit_record(actor=who, record=record, changes=part)
    return record


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {}) and not (not isinstance(value, bool) and value == 0)


def _gathered(lists: Sequence[Sequence[Any]]) -> list[Any]:
    found: list[Any] = []
    names: set[str] = set()
    for row in (row for rows in lists for row in rows):
        name = str(row)
        if isinstance(row, dict):
            reached = [row.get("typed"), row.get("extension")] if row.get("typed") else sorted(row.items())
            name = str(row.get("company") or reached)
        if name not in names:
            names.add(name)
            found.append(row)
    return found


def links_to(kind: Kind) -> list[tuple[type[Model], str]]:
    """Every key in the house's tables that points at records of `kind`, but what is copied: (model, key)."""
    found: list[tuple[type[Model], str]] = []
    relations: Any = kind.model._meta.get_fields(include_hidden=True)
    for relation in relations:
        if not relation.auto_created or relation.concrete or not (relation.one_to_many or relation.one_to_one):
            continue
        model, name = relation.related_model, relation.field.name
        if (model, "") in _COPIED or (model, name) in _COPIED or model in _STAYING:
            continue
        found.append((model, name))
    return found


def _move_links(kind: Kind, kept: int, ids: Sequence[int]) -> tuple[list[list[Any]], list[dict[str, Any]]]:
    moved: list[list[Any]] = []
    dropped: list[dict[str, Any]] = []
    for model, name in links_to(kind):
        rows: Any = model._default_manager.filter(**{f"{name}_id__in": list(ids)})
        if model in (Affiliation, DealContact):
            dropped += _drop_twins(model, name, kept, ids)
        pairs = list(rows.order_by("pk").values_list("pk", f"{name}_id"))
        moved += [[model._meta.label, name, pk, old] for pk, old in pairs]
        rows.update(**{f"{name}_id": kept})
    return moved, dropped


def _drop_twins(model: Any, name: str, kept: int, ids: Sequence[int]) -> list[dict[str, Any]]:
    """Rows that would be there twice after the move: the same contact at both companies, say."""
    other = "contact_id" if (model, name) == (Affiliation, "company") else "deal_id"
    seen = set(model.objects.filter(**{f"{name}_id": kept}).values_list(other, flat=True))
    gone = []
    for row in model.objects.filter(**{f"{name}_id__in": list(ids)}).order_by("pk"):
        if getattr(row, other) in seen:
            gone.append(
                {
                    "model": model._meta.label,
                    **{field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields},
                }
            )
            row.delete()
        else:
            seen.add(getattr(row, other))
    return gone


def _move_custom_links(kind: Kind, kept: int, ids: Sequence[int]) -> list[list[Any]]:
    """Own fields of other records that link to the merged ones: [kind, record, field key, value before]."""
    found: list[list[Any]] = []
    names = {f"{kind.key}:{pk}": f"{kind.key}:{kept}" for pk in ids}
    for field in CustomField.objects.filter(type=Type.RECORD):
        values = FieldValue.objects.filter(field=field, text__in=list(names))
        holder = model_named(field.kind)
        for row in holder.objects.filter(pk__in=list(values.values_list("record_id", flat=True))):
            was = row.custom.get(field.key)
            many = list(dict.fromkeys(names.get(one, one) for one in (was if isinstance(was, list) else [was])))
            row.custom[field.key] = many if isinstance(was, list) else many[0]
            found.append([field.kind, row.pk, field.key, was])
            _rewrite(holder, row, field)
    return found


def _rewrite(holder: Any, row: Any, field: CustomField) -> None:
    holder.objects.filter(pk=row.pk).update(custom=row.custom)
    value_index.index(row, [of_custom(field)])


def _leaves_tree(kind: Kind, kept: Any, ids: Sequence[int]) -> bool:
    """A kept company is part neither of itself nor of its own branch, which the move may have made it: whether it had
    to leave."""
    if kind.key != "company":
        return False
    seen, pk = {kept.pk}, kind.rows().filter(pk=kept.pk).values_list("parent_id", flat=True).get()
    while pk is not None and pk not in seen and pk not in ids:
        seen.add(pk)
        pk = kind.rows().filter(pk=pk).values_list("parent_id", flat=True).first()
    if pk is not None:
        kind.rows().filter(pk=kept.pk).update(parent=None)
    return pk is not None


def _refresh_steps(kind: Kind, pk: int) -> None:
    activity = Activity.objects.filter(**{f"{kind.link}_id": pk}).first()
    if activity is not None:
        refresh_steps(activity)


def merges_of(record: Record) -> list[Change]:
    """Merges into `record` that can be taken back, newest first."""
    rows = Change.objects.filter(kind=record.kind, action="merge", before__kept=record.pk, undone_at__isnull=True)
    return list(rows.filter(created_at__gt=timezone.now() - KEPT).order_by("-pk"))


def unmerge(*, actor: Actor, record: Any, change: Change) -> Any:
    """Take the last merge into `record` back: the merged records return with all their links, values that nobody has
    changed since return to what they were. Raises Conflict, Denied, NotFound, ReadOnly."""
    gates.require_writable()
    kind = kind_of(record)
    with transaction.atomic():
        kept = lock(kind, record.pk, None)
        require_on(actor, kind.permission("edit"), kept)
        found = merges_of(kept)
        if not found or found[0].pk != change.pk:
            raise Conflict(_("Take back the newer merge first."), code="newer_merge")
        row = Change.objects.select_for_update().get(pk=change.pk)
        log = row.before
        trashed = kind.rows().trashed().filter(pk__in=log["merged"])
        if trashed.count() != len(log["merged"]):
            raise NotFound
        trashed.update(deleted_at=None)
        values = _untouched(kind, kept, log["values"], row.after)
        _return_links(log, kept.pk)
        _write(actor, kept, values, levels(actor, kind))
        after_merge(kind, [kept.pk, *log["merged"]])
        for pk in [kept.pk, *log["merged"]]:
            _refresh_steps(kind, pk)
        row.undone_at = timezone.now()
        row.save(update_fields=["undone_at"])
        audit.record(actor, f"{kind.link}.unmerge", kept.ref)
        tell(kept, "changed", actor)
    kept.refresh_from_db()
    return kept


def _untouched(kind: Kind, kept: Any, values: Mapping[str, Any], left: Mapping[str, Any] | None) -> dict[str, Any]:
    """Those of `values` whose field is still as the merge `left` it; merges of former releases have not noted that."""
    now = shaping.state_of(kind, kept, field_map(kind))
    return {key: was for key, was in values.items() if left is None or as_json(now.get(key)) == left[key]}


def _return_links(log: Mapping[str, Any], kept: int) -> None:
    for label, name, pk, old in log["moved"]:
        model = apps.get_model(label)
        model._default_manager.filter(pk=pk, **{f"{name}_id": kept}).update(**{f"{name}_id": old})
    for row in log["dropped"]:
        model = apps.get_model(row["model"])
        model._default_manager.get_or_create(
            pk=row["id"], defaults={k: v for k, v in row.items() if k not in ("model", "id")}
        )
    for kind_key, pk, key, was in log["relinked"]:
        holder = model_named(kind_key)
        found = holder.objects.filter(pk=pk).first()
        field = CustomField.objects.filter(pk=int(key[1:])).first()
        if found is not None and field is not None:
            found.custom[key] = was
            _rewrite(holder, found, field)
