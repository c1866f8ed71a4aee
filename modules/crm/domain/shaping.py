"""What each kind of record does besides writing its values: names, stages, links, formulas, search."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

import orjson
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

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
from modules.crm.domain.kinds import Kind, field_map, kind_of, value_of
from modules.crm.domain.people import default_currency
from modules.crm.domain.phones import digits_of
from modules.crm.domain.search import document, parts_of
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
_SEARCHED = frozenset({Type.TEXT, Type.LONG_TEXT, Type.NUMBER, Type.LINK})


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


def finish(kind: Kind, record: Any, draft: Draft) -> None:
    """Bring a record's name and tree in order before it is saved. Raises Invalid."""
    match record:
        case Contact():
            record.name = _name_of_contact(record, draft)
        case Company():
            record.name = record.name or _named_after(draft, record)
            check_tree(record)
        case Lead():
            record.title = record.title or record.person_name or record.company_name or _named_after(draft, record)
        case Deal():
            record.title = record.title or _title_of_deal(record, draft)
            _keep_typed_amount(record, draft)
        case Document():
            record.title = record.title or str(record.company or record.contact or "")
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


def _keep_typed_amount(record: Deal, draft: Draft) -> None:
    """An amount typed on a deal with rows stays as it is typed, until it is told to follow them again."""
    if "amount" in draft.own and record.pk and not record.amount_by_hand:
        stored = Deal.objects.filter(pk=record.pk).values_list("amount", flat=True).first()
        record.amount_by_hand = stored != record.amount


def check_tree(record: Company) -> None:
    """Raises Invalid where a company would be part of itself, or the tree too deep."""
    seen, parent_id = {record.pk}, record.parent_id
    while parent_id is not None:
        if parent_id in seen or len(seen) > DEEPEST_TREE:
            raise Invalid(fields={"parent_id": [_("A company cannot be part of itself or of its own branch.")]})
        seen.add(parent_id)
        parent_id = Company.objects.filter(pk=parent_id).values_list("parent_id", flat=True).first()


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
        kept = [] if changed is None else [p for p in points_of(record) if _list_of(p) not in draft.points]
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


def _list_of(point: Point) -> str:
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
    """Bring the results of formula fields up to date; formulas may build on those before them."""
    for key, item in items.items():
        if item.type != Type.FORMULA:
            continue
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


def search_value(kind: Kind, record: Record, draft: Draft, items: Mapping[str, Field]) -> Any:
    """The SQL value of the record's `search`."""
    points = _searched_points(draft)
    if record.pk and kind.reachable:
        points += [p for p in points_of(record) if p.kind in ("phone", "email") and _list_of(p) not in draft.points]
    return document(*_searched(kind, record, items, _names_of_linked(record, draft), points))


def search_parts(
    kind: Kind, record: Record, draft: Draft, items: Mapping[str, Field], linked: Sequence[str]
) -> tuple[str, str]:
    """The same of a new record, as `search.WORKED_OUT` takes it; `linked` are names of what it is linked to."""
    return parts_of(*_searched(kind, record, items, linked, _searched_points(draft)))


def _searched_points(draft: Draft) -> list[Point]:
    return [point for name in ("phones", "emails") for point in draft.points.get(name, ())]


def _searched(
    kind: Kind, record: Record, items: Mapping[str, Field], linked: Sequence[str], points: Sequence[Point]
) -> tuple[list[str], list[str], list[str]]:
    words = [
        str(value_of(record, item))
        for item in items.values()
        if item.in_search
        and item.type in (Type.TEXT, Type.LONG_TEXT, Type.NUMBER, Type.LINK)
        and value_of(record, item)
    ]
    if isinstance(record, Item) and record.number is not None:
        words.append(f"{kind.prefix}{record.number} {record.number}")
    codes = [
        code for code in (getattr(record, name, "") for name in ("number", "sku")) if isinstance(code, str) and code
    ]
    return (
        [getattr(record, kind.title_field), *words, *linked, *(re.sub(r"\W+", " ", code) for code in codes)],
        [p.value or p.typed.lower() for p in points if p.kind == "email"],
        # digits of numbers and SKUs are found by any fragment too: "2026-0014" looks like a phone
        [*(p.value or p.typed for p in points if p.kind == "phone"), *(code for code in codes if digits_of(code))],
    )


def refresh_search(record: Any) -> None:
    """Find `record` by what verbs of its own have written since, such as a number."""
    kind = kind_of(record)
    value = search_value(kind, record, Draft(), field_map(kind))
    kind.model.objects.filter(pk=record.pk).update(search=value)


def _names_of_linked(record: Record, draft: Draft) -> list[str]:
    companies: list[int] = []
    contacts: list[int] = []
    match record:
        case Contact():
            companies = [pk for pk, _post in draft.workplaces] if draft.workplaces is not None else linked_ids(record)
        case Document():
            companies = [record.company_id] if record.company_id else []
            contacts = [record.contact_id] if record.contact_id else []
        case Deal():
            companies = [record.company_id] if record.company_id else []
            contacts = draft.participants if draft.participants is not None else linked_ids(record)
        case Item():
            companies = [record.company_id] if record.company_id else []
            contacts = [record.contact_id] if record.contact_id else []
    names = list(Company.objects.filter(pk__in=companies).values_list("name", flat=True)) if companies else []
    return names + (list(Contact.objects.filter(pk__in=contacts).values_list("name", flat=True)) if contacts else [])


def told(
    record: Any, items: Mapping[str, Field], before: Mapping[str, Any], after: Mapping[str, Any], changed: Sequence[str]
) -> dict[str, tuple[Any, Any]]:
    """What the audit log says of a change: (old, new) in words by field key."""
    names = names_for((items[key], _ids_in(state[key])) for state in (before, after) for key in changed)
    currency = getattr(record, "currency", "")
    return {
        key: (
            plain(items[key], _ids_in(before[key]), names, currency),
            plain(items[key], _ids_in(after[key]), names, currency),
        )
        for key in changed
    }


def _ids_in(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "company" in value[0]:
        return [row["company"] for row in value]
    return value


def require_for_stage(kind: Kind, record: Record, stage: Stage) -> None:
    """Raises Invalid naming the fields that `stage` wants filled in and that are empty."""
    if not stage.required:
        return
    items = field_map(kind)
    wanted = {key: items[key] for key in stage.required if key in items}
    state = state_of(kind, record, wanted)
    missing = [item for key, item in wanted.items() if state.get(key) in (None, "", [], {}, Decimal(0))]
    if missing:
        titles = ", ".join(str(item.title) for item in missing)
        raise Invalid(
            _("“%(stage)s” wants filled in: %(fields)s.") % {"stage": stage.title, "fields": titles},
            code="stage_wants_fields",
            fields={item.key: [_("Fill this in.")] for item in missing},
        )
