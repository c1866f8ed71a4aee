"""What each kind of record does besides writing its values: names, stages, links, formulas, search."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import orjson
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from infra.db.current import portal_schema
from infra.db.prepared import Prepared
from infra.kit.errors import Conflict, Invalid
from modules.crm.domain import formula
from modules.crm.domain.contact_points import (
    KIND_OF,
    Point,
    addresses_of,
    as_lists,
    points_of,
    prefetched,
    replace_addresses,
    replace_points,
)
from modules.crm.domain.drafts import Draft
from modules.crm.domain.fields import ADDRESSES, PEOPLE_OF_DEAL, PLACES_OF_WORK, POINTS, Field, Type
from modules.crm.domain.kinds import Kind, field_map, value_of
from modules.crm.domain.people import default_currency
from modules.crm.domain.selling.documents import begin_document, choose_requisites
from modules.crm.domain.showing import names_for, plain
from modules.crm.models import (
    Affiliation,
    Company,
    Contact,
    Deal,
    DealContact,
    Document,
    Item,
    ItemType,
    Lead,
    Product,
    Record,
    Stage,
)

DEEPEST_TREE = 10
_EMPTY: tuple[Any, ...] = (None, "", [], {}, Decimal(0))


def _first_stages(kind: str) -> QuerySet[Stage]:
    stages = Stage.objects.filter(pipeline__kind=kind)
    return stages.order_by("-pipeline__is_usual", "pipeline__position", "pipeline_id", "position", "id")


_FIRST = Prepared(lambda kind: _first_stages(kind).values_list("pk")[:1])


def first_stage_id(kind: Kind) -> int:
    """The id of the stage where a new record enters. Raises Conflict in a portal without stages."""
    for (stage_id,) in _FIRST.rows(kind.key):
        return int(stage_id)
    raise Conflict(_("The pipeline has no stages. Add one in the settings of CRM."))


def first_stage(kind: Kind) -> Stage:
    """Where a new record enters. Raises Conflict in a portal without stages."""
    return Stage.objects.select_related("pipeline").get(pk=first_stage_id(kind))


def begin(kind: Kind, record: Any, draft: Draft, *, stage: Stage | None, came_from: Record | None) -> None:
    """Give a new record what it needs beside the values sent. Raises Invalid."""
    if kind.staged:
        record.stage = stage or first_stage(kind)
        if record.stage.pipeline.kind != kind.key:
            raise Invalid(fields={"stage": [_("Choose one of the list.")]})
        record.closed_at = None if record.stage.kind == Stage.Kind.OPEN else timezone.now()
    if kind.numbered:
        record.number = next_number(kind)
    if hasattr(record, "currency") and not draft.own.get("currency"):
        draft.own["currency"] = default_currency()
    if isinstance(record, Document):
        record.language = get_language() or "en"
        begin_document(record, draft.own)
    if isinstance(came_from, Lead) and hasattr(record, "marks") and not isinstance(record, Lead):
        record.lead = came_from
        record.marks, record.origin = came_from.marks, came_from.origin


def next_number(kind: Kind) -> int:
    """The next number of a numbered kind; its type is locked until commit, so that two at once differ."""
    row = ItemType.objects.select_for_update().get(pk=kind.type_id)
    ItemType.objects.filter(pk=row.pk).update(next_number=row.next_number + 1)
    return row.next_number


def apply(record: Any, draft: Draft) -> None:
    """Put the values of `draft` that stand on the row itself into `record`, in memory."""
    if isinstance(record, Deal) and "amount" in draft.own and record.pk and not record.amount_by_hand:
        # An amount typed on a deal with rows stays as it is typed, until it is told to follow them again.
        record.amount_by_hand = record.amount != draft.own["amount"]
    for key, value in draft.own.items():
        setattr(record, key, value)
    for key, value in draft.custom.items():
        if value in (None, [], ""):
            record.custom.pop(key, None)
        else:
            record.custom[key] = value


def finish(kind: Kind, record: Any, draft: Draft) -> None:
    """Bring a record's name and tree in order before it is saved. Raises Invalid."""
    match record:
        case Contact():
            record.name = _name_of_contact(record, draft)
        case Company():
            record.name = record.name or _named_after(draft, record)
            if "parent_id" in draft.own:
                check_tree(record)
        case Lead():
            record.title = record.title or record.person_name or record.company_name or _named_after(draft, record)
        case Deal():
            record.title = record.title or _title_of_deal(record, draft)
        case Document():
            record.title = record.title or str(record.company or record.contact or "")
            if record.account_id is None or {"own_company_id", "currency"} & set(draft.own):
                choose_requisites(record)
        case Product():
            _check_variant(record)
        case Item() if record.number is not None and not record.title:
            record.title = f"{kind.title} {kind.prefix}{record.number}"
    if not getattr(record, kind.title_field):
        raise Invalid(fields={kind.asks_for: [_("Give a name, a phone or an e-mail.")]})
    limit = record._meta.get_field(kind.title_field).max_length or 0
    setattr(record, kind.title_field, getattr(record, kind.title_field)[:limit])


def _name_of_contact(record: Contact, draft: Draft) -> str:
    parts = (record.first_name, record.middle_name, record.last_name)
    return " ".join(part for part in parts if part) or _named_after(draft, record)


def _named_after(draft: Draft, record: Record) -> str:
    points = [point for name in ("phones", "emails") for point in draft.points.get(name, ())]
    if not points and record.pk:
        points = points_of(record)
    return points[0].typed if points else ""


def _title_of_deal(record: Deal, draft: Draft) -> str:
    if record.company_id is not None:
        return str(Company.objects.get(pk=record.company_id))
    ids = draft.participants if draft.participants is not None else linked_ids(record)
    contact = Contact.objects.filter(pk__in=ids[:1]).first()
    return str(contact or "")


def check_tree(record: Company) -> None:
    """Raises Invalid where a company would be part of itself, or the tree too deep. Known companies get another parent
    one after the other until commit: two at once could put each under the other."""
    if record.pk and record.parent_id is not None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crm.tree {portal_schema()}"])
    seen, parent_id = {record.pk}, record.parent_id
    while parent_id is not None:
        if parent_id in seen:
            raise Invalid(fields={"parent_id": [_("A company cannot be part of itself or of its own branch.")]})
        seen.add(parent_id)
        parent_id = Company.objects.filter(pk=parent_id).values_list("parent_id", flat=True).first()
    if len(seen) + _levels_below(record) > DEEPEST_TREE:
        raise Invalid(fields={"parent_id": [_("A holding has at most %(most)s levels.") % {"most": DEEPEST_TREE}]})


def _levels_below(record: Company) -> int:
    depth, known = 0, {record.pk}
    level = {record.pk} if record.pk and record.parent_id is not None else set()
    while level := set(Company.objects.alive().filter(parent__in=level).values_list("pk", flat=True)) - known:
        known |= level
        depth += 1
    return depth


def _check_variant(record: Product) -> None:
    if record.parent_id is None:
        return
    parent = Product.objects.filter(pk=record.parent_id).first()
    if parent is None or parent.parent_id is not None or (record.pk and record.variants.exists()):
        raise Invalid(fields={"parent_id": [_("A variant belongs to a product that is no variant itself.")]})


def linked_ids(record: Record) -> list[int]:
    """Companies of a contact, contacts of a deal; in order."""
    if (rows := prefetched(record, "affiliations")) is not None:
        return [row.company_id for row in rows]
    if (rows := prefetched(record, "participants")) is not None:
        return [row.contact_id for row in rows]
    if record.pk and isinstance(record, Contact):
        return list(Affiliation.objects.filter(contact=record).values_list("company_id", flat=True))
    if record.pk and isinstance(record, Deal):
        return list(DealContact.objects.filter(deal=record).values_list("contact_id", flat=True))
    return []


def write_links(kind: Kind, record: Record, draft: Draft, changed: Sequence[str] | None = None) -> None:
    """Write what is kept in tables of its own; `changed` names what differs, None for a new record."""
    if draft.points and (changed is None or set(draft.points) & set(changed)):
        kept = [] if changed is None else [p for p in points_of(record) if list_of(p) not in draft.points]
        replace_points(record, [*kept, *(point for points in draft.points.values() for point in points)])
    if draft.addresses is not None and (changed is None or ADDRESSES in changed):
        replace_addresses(record, draft.addresses)
    if draft.workplaces is not None and (changed is None or PLACES_OF_WORK in changed):
        Affiliation.objects.filter(contact_id=record.pk).delete()
        Affiliation.objects.bulk_create(
            Affiliation(contact=cast(Contact, record), company_id=pk, post=post, position=place)
            for place, (pk, post) in enumerate(draft.workplaces)
        )
    if draft.participants is not None and (changed is None or PEOPLE_OF_DEAL in changed):
        DealContact.objects.filter(deal_id=record.pk).delete()
        DealContact.objects.bulk_create(
            DealContact(deal=cast(Deal, record), contact_id=pk, position=place)
            for place, pk in enumerate(draft.participants)
        )


def links_after(record: Record, draft: Draft, changed: Collection[str]) -> Draft:
    """What a known record will have in those tables of its own that are to be written anew, all of it."""
    links = Draft()
    if set(draft.points) & set(changed):
        links.points = {"": [point for point in points_of(record) if list_of(point) not in draft.points]}
        links.points |= draft.points
    links.addresses = draft.addresses if ADDRESSES in changed else None
    links.workplaces = draft.workplaces if PLACES_OF_WORK in changed else None
    links.participants = draft.participants if PEOPLE_OF_DEAL in changed else None
    return links


def list_of(point: Point) -> str:
    """The key of the field that holds such points."""
    return next(name for name, kind in KIND_OF.items() if kind == point.kind)


def state_of(kind: Kind, record: Record, items: Mapping[str, Field]) -> dict[str, Any]:
    """Every value of `record` by field key, in a form that can be compared."""
    state = {
        key: value_of(record, item)
        for key, item in items.items()
        if item.type not in (*POINTS, ADDRESSES, PLACES_OF_WORK, PEOPLE_OF_DEAL)
    }
    if kind.reachable:
        state |= as_lists(points_of(record))
        state[ADDRESSES] = addresses_of(record)
    if isinstance(record, Contact):
        rows = prefetched(record, "affiliations")
        if rows is None:
            rows = list(Affiliation.objects.filter(contact=record))
        state[PLACES_OF_WORK] = [{"company": row.company_id, "post": row.post} for row in rows]
    if isinstance(record, Deal):
        state[PEOPLE_OF_DEAL] = linked_ids(record)
    return state


def state_after(before: Mapping[str, Any], record: Record, draft: Draft, items: Mapping[str, Field]) -> dict[str, Any]:
    """`state_of` as it will be once `draft` is written."""
    state = dict(before)
    for key, item in items.items():
        if key in draft.own or item.custom:
            state[key] = value_of(record, item)
    for name, points in draft.points.items():
        state[name] = as_lists(points)[name]
    if draft.addresses is not None:
        state[ADDRESSES] = draft.addresses
    if draft.workplaces is not None:
        state[PLACES_OF_WORK] = [{"company": pk, "post": post} for pk, post in draft.workplaces]
    if draft.participants is not None:
        state[PEOPLE_OF_DEAL] = draft.participants
    return state


def fingerprint(value: Any) -> str:
    """A short name of a value, to notice that somebody else has changed it meanwhile."""
    text = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=8).hexdigest()


def refuse_overwriting(
    items: Mapping[str, Field], before: Mapping[str, Any], changes: Mapping[str, Any], seen: Mapping[str, str] | None
) -> None:
    """Raises Conflict naming the fields of `changes` whose value is not the one the person saw (`seen`: key → name)."""
    stale = [key for key in changes if seen and key in seen and seen[key] != fingerprint(before.get(key))]
    if stale:
        titles = ", ".join(str(items[key].title) for key in stale)
        raise Conflict(
            _("Somebody else has changed “%(fields)s” meanwhile. Look at both, then save again.") % {"fields": titles},
            code="edited_meanwhile",
            stale=stale,
        )


def compute_formulas(record: Record, items: Mapping[str, Field]) -> None:
    """Bring the results of formula fields up to date, each after those that it builds on."""
    asked = {key: formula.names_in(item.formula) for key, item in items.items() if item.type == Type.FORMULA}
    for key in formula.asked_for(asked, asked):
        item = items[key]
        result = formula.compute(item.formula, {name: number_of(record, items, name) for name in _asked(item, items)})
        if result is None:
            record.custom.pop(key, None)
        else:
            record.custom[key] = result


def _asked(item: Field, items: Mapping[str, Field]) -> list[str]:
    return [name for name in formula.names_in(item.formula) if name in items]


def number_of(record: Record, items: Mapping[str, Field], key: str) -> Decimal | None:
    """The number that a formula takes for a field: amounts, numbers and results; an empty amount is zero."""
    value = value_of(record, items[key])
    if isinstance(value, dict):
        value = value.get("amount")
    if value is None or value == "" or isinstance(value, bool):
        return None
    return Decimal(str(value))


@dataclass(frozen=True, kw_only=True)
class Edited:
    """A record with every value by field key as it was and as it is now (`state_of`), and which of them differ."""

    record: Any
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changed: Sequence[str]


def told(items: Mapping[str, Field], edited: Sequence[Edited]) -> list[dict[str, tuple[Any, Any]]]:
    """What the audit log says of each change: (old, new) in words by field key."""
    names = names_for(
        (items[key], _ids_in(state[key])) for one in edited for state in (one.before, one.after) for key in one.changed
    )

    def words(one: Edited, key: str, state: Mapping[str, Any]) -> str:
        return plain(items[key], _ids_in(state[key]), names, getattr(one.record, "currency", ""))

    return [{key: (words(one, key, one.before), words(one, key, one.after)) for key in one.changed} for one in edited]


def _ids_in(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "company" in value[0]:
        return [row["company"] for row in value]
    return value


def require_for_stage(
    kind: Kind,
    record: Record,
    stage: Stage,
    known: Mapping[str, Any] | None = None,
    items: Mapping[str, Field] | None = None,
) -> None:
    """Raises Invalid naming the fields that `stage` wants filled in and that are empty; `known` is the record's state
    and `items` the fields of its kind, where the caller has them."""
    if not stage.required:
        return
    items = field_map(kind) if items is None else items
    wanted = {key: items[key] for key in stage.required if key in items}
    state = state_of(kind, record, wanted) if known is None else known
    _want(stage, [item for key, item in wanted.items() if state.get(key) in _EMPTY])


def refuse_emptying(
    kind: Kind, record: Record, changed: Sequence[str], after: Mapping[str, Any], items: Mapping[str, Field]
) -> None:
    """Raises Invalid naming the fields among `changed` that would be empty while the record's stage wants them."""
    stage = getattr(record, "stage", None) if kind.staged else None
    if stage is not None and stage.required:
        _want(stage, [items[key] for key in changed if key in stage.required and after.get(key) in _EMPTY])


def _want(stage: Stage, missing: Sequence[Field]) -> None:
    if missing:
        titles = ", ".join(str(item.title) for item in missing)
        raise Invalid(
            _("“%(stage)s” wants filled in: %(fields)s.") % {"stage": stage.title, "fields": titles},
            code="stage_wants_fields",
            fields={item.key: [_("Fill this in.")] for item in missing},
        )
