"""What screens and the API read: lists, timelines, cards. Rights are already inside every query."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone

from infra.db.prepared import Prepared
from infra.kit.access import Actor, may
from infra.kit.refs import RecordCard
from modules.crm.domain.access import reached, seen, visible
from modules.crm.domain.attention import to_do
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.fields import PRODUCT_SECTION, Type
from modules.crm.domain.finding import found_by
from modules.crm.domain.kinds import (
    COMPANY,
    CONTACT,
    DEAL,
    INVOICE,
    KINDS,
    LEAD,
    PRODUCT,
    QUOTE,
    Kind,
    kind_of,
    kinds,
    smart_kinds,
)
from modules.crm.models import (
    OWNERS,
    Activity,
    ActivityKind,
    Address,
    Affiliation,
    ContactPoint,
    DealContact,
    File,
    Invoice,
    Item,
    Lead,
    Product,
    Quote,
    Record,
    RecordQuerySet,
    Stage,
)
from tenants.people.models import User

KEPT_IN_TRASH = timedelta(days=30)


def record_rows(actor: Actor, kind: Kind) -> RecordQuerySet[Any]:
    """Records for lists and boards, with all that their columns show joined, in one statement."""
    rows = visible(actor, kind).defer(*unshown(kind)).select_related(*_joined(kind))
    if kind.reachable:
        rows = rows.annotate(first_phone=_first(kind, "phone"), first_email=_first(kind, "email"))
    if kind is CONTACT:
        main = Affiliation.objects.filter(contact_id=OuterRef("pk")).order_by("position", "id")
        rows = rows.annotate(company_id=Subquery(main.values("company_id")[:1]))
        rows = rows.annotate(company_name=Subquery(main.values("company__name")[:1]))
    if kind is DEAL:
        first = DealContact.objects.filter(deal_id=OuterRef("pk")).order_by("position", "id")
        rows = rows.annotate(contact_name=Subquery(first.values("contact__name")[:1]))
    return rows


def unshown(kind: Kind) -> list[str]:
    """Long columns that lists do not read."""
    long = {"search", "comment", "marks", "description", "terms"}
    return sorted(long & {field.name for field in kind.model._meta.concrete_fields})


def _joined(kind: Kind) -> list[str]:
    linking = (Type.RECORD, PRODUCT_SECTION)
    links = [item.key.removesuffix("_id") for item in kind.fields if item.type in linking and item.in_list]
    more = ["contact"] if kind in (QUOTE, INVOICE) else []
    return ["responsible", *(["stage"] if kind.staged else []), *links, *more]


def lead_rows(actor: Actor) -> RecordQuerySet[Any]:
    """Leads for lists and boards."""
    return record_rows(actor, LEAD)


def _first(kind: Kind, of: str) -> Subquery:
    """The first phone, with its extension as RFC 3966 writes it, or the first e-mail."""
    points = ContactPoint.objects.filter(**{f"{kind.key}_id": OuterRef("pk")}, kind=of).order_by("position", "id")
    if of != "phone":
        return Subquery(points.values("typed")[:1])
    whole = Case(
        When(value="", then="typed"),
        When(extension="", then="value"),
        default=Concat("value", Value(";ext="), "extension"),
    )
    return Subquery(points.annotate(whole=whole).values("whole")[:1])


def activities_of(record: Record, limit: int, before: datetime | None = None) -> list[Activity]:
    """The newest comments, intakes and done activities of a record the caller may see, or those `before` a moment,
    without the pinned ones."""
    rows = _happened(record).filter(pinned_at__isnull=True)
    rows = rows if before is None else rows.filter(at__lt=before)
    return list(rows.order_by("-at", "-id")[:limit])


def pinned_of(record: Record) -> list[Activity]:
    """What is pinned on the timeline of a record the caller may see, whatever its age."""
    return list(_happened(record).filter(pinned_at__isnull=False).order_by("-at", "-id"))


def _happened(record: Record) -> Any:
    rows = Activity.objects.filter(**{record.link: record}).exclude(due_at__isnull=False, done_at__isnull=True)
    rows = rows.annotate(at=Coalesce("done_at", "created_at"))
    return rows.select_related("author", "responsible", "own_kind").prefetch_related("files")


def planned_of(record: Record, limit: int = 50) -> list[Activity]:
    """What is planned with a record the caller may see, soonest first."""
    rows = Activity.objects.filter(**{record.link: record}, due_at__isnull=False, done_at__isnull=True)
    return list(rows.select_related("author", "responsible", "own_kind").order_by("due_at", "id")[:limit])


def comments_of(record: Record) -> QuerySet[Activity]:
    """Comments on a record the caller may see."""
    return Activity.objects.filter(**{record.link: record}, kind=Activity.Kind.COMMENT)


def waiting_for(actor: Actor) -> QuerySet[Activity]:
    """What `actor` still has to do, with what it is about."""
    return to_do(actor).select_related("own_kind", *OWNERS)


# Which field of a linked record says that it belongs to the other: (kind of that one, its own kind).
_LINKING = {
    ("company", "contact"): "companies",
    ("company", "deal"): "company_id",
    ("company", "company"): "parent_id",
    ("contact", "deal"): "contacts",
    ("company", "quote"): "company_id",
    ("company", "invoice"): "company_id",
    ("contact", "quote"): "contact_id",
    ("contact", "invoice"): "contact_id",
    ("deal", "quote"): "deal_id",
    ("deal", "invoice"): "deal_id",
    ("product", "product"): "parent_id",
}


def linked(actor: Actor, record: Record, kind: Kind, limit: int = 50) -> list[Any]:
    """Records of `kind` that belong to `record` and that `actor` may see, newest first."""
    if not may(actor, kind.permission("view")) or _LINKING.get((record.kind, kind.key)) in hidden(actor, kind):
        return []
    condition = {
        ("company", "contact"): Q(affiliations__company=record.pk),
        ("company", "deal"): Q(company=record.pk),
        ("company", "lead"): Q(company=record.pk),
        ("company", "company"): Q(parent=record.pk),
        ("contact", "deal"): Q(participants__contact=record.pk),
        ("contact", "lead"): Q(contact=record.pk),
        ("contact", "company"): Q(affiliations__contact=record.pk),
        ("deal", "contact"): Q(participations__deal=record.pk),
        ("lead", "deal"): Q(lead=record.pk),
        ("lead", "contact"): Q(lead=record.pk),
        ("lead", "company"): Q(lead=record.pk),
        ("deal", "quote"): Q(deal=record.pk),
        ("deal", "invoice"): Q(deal=record.pk),
        ("company", "quote"): Q(company=record.pk),
        ("company", "invoice"): Q(company=record.pk) | Q(payer=record.pk),
        ("contact", "quote"): Q(contact=record.pk),
        ("contact", "invoice"): Q(contact=record.pk),
        ("quote", "invoice"): Q(quote=record.pk),
        ("product", "product"): Q(parent=record.pk),
    }.get((record.kind, kind.key))
    if kind.type_id and kind.has(f"{record.link}_id") and f"{record.link}_id" not in hidden(actor, kind):
        condition = Q(**{record.link: record.pk})
    if condition is None:
        return []
    return without_sums(actor, kind, record_rows(actor, kind).filter(condition).order_by("-created_at", "-id")[:limit])


def without_sums(actor: Actor, kind: Kind, rows: Iterable[Any]) -> list[Any]:
    """`rows` to be shown with their sum: where the actor may not see it, they carry none."""
    found, closed = list(rows), hidden(actor, kind) & {"amount", "total"}
    for row in found:
        for key in closed:
            setattr(row, key, None)
    return found


def card_of(record: Any, closed: Collection[str] = ()) -> RecordCard:
    """A link to `record` with what tells it from others, but for the fields named in `closed`."""
    kind = kind_of(record)
    parts: dict[str, Any]
    match record:
        case Lead():
            parts = {"person_name": record.person_name, "company_name": record.company_name}
        case _ if kind is DEAL:
            parts = {"company_id": record.company}
        case Quote() | Invoice():
            parts = {"company_id" if record.company else "contact_id": record.company or record.contact}
            parts["status"] = record.get_status_display()
        case Product():
            parts = {"sku": record.sku, "section_id": record.section}
        case _ if kind is CONTACT:
            parts = {"post": record.post, "companies": getattr(record, "company_name", "")}
        case Item():
            parts = {"": kind.title, "company_id" if record.company else "contact_id": record.company or record.contact}
        case _:
            parts = {"type": record.get_type_display(), "industry": record.get_industry_display()}
    if kind.staged and record.stage is not None:
        parts["stage"] = record.stage.title
    return RecordCard(
        ref=record.ref,
        title=str(record),
        subtitle=" · ".join(str(part) for key, part in parts.items() if part and key not in closed),
        url=kind.url("card", record.pk),
        icon=kind.icon,
    )


def _resolve(kind: Kind, actor: Actor, record_id: int) -> RecordCard | None:
    """The record as others show it, None where `actor` may not see it."""
    if not may(actor, kind.permission("view")):
        return None
    record = visible(actor, kind).filter(pk=record_id).select_related(*_joined(kind)).first()
    return None if record is None else card_of(record, hidden(actor, kind))


def _search(kind: Kind, actor: Actor, text: str, limit: int) -> Sequence[RecordCard]:
    """Newest records that match `text` (words, phone fragment, e-mail), for the global search."""
    if not text.strip():
        return []
    rows = found_by(actor, kind, visible(actor, kind), text).select_related(*_joined(kind)).defer(*unshown(kind))
    closed = hidden(actor, kind)
    return [card_of(record, closed) for record in rows.order_by("-created_at", "-id")[:limit]]


lead_card, search_leads = partial(_resolve, LEAD), partial(_search, LEAD)
contact_card, search_contacts = partial(_resolve, CONTACT), partial(_search, CONTACT)
company_card, search_companies = partial(_resolve, COMPANY), partial(_search, COMPANY)
deal_card, search_deals = partial(_resolve, DEAL), partial(_search, DEAL)
quote_card, search_quotes = partial(_resolve, QUOTE), partial(_search, QUOTE)
invoice_card, search_invoices = partial(_resolve, INVOICE), partial(_search, INVOICE)
product_card, search_products = partial(_resolve, PRODUCT), partial(_search, PRODUCT)


def item_card(actor: Actor, record_id: int) -> RecordCard | None:
    """A record of a kind that the company made, None where `actor` may not see it."""
    record = seen(actor, "item", record_id)
    return None if record is None else card_of(record, hidden(actor, kind_of(record)))


def search_items(actor: Actor, text: str, limit: int) -> Sequence[RecordCard]:
    """Newest records of all kinds that the company made, for the global search."""
    cards: list[RecordCard] = []
    for kind in smart_kinds().values():
        if may(actor, kind.permission("view")):
            cards += _search(kind, actor, text, limit)
    return cards[:limit]


def choices_for(actor: Actor, kind: Kind, text: str, limit: int = 10, **only: Any) -> list[RecordCard]:
    """Records to choose from while a link is typed: the newest ones without a text; `only` narrows by columns."""
    rows = visible(actor, kind).filter(**only).select_related(*_joined(kind)).defer(*unshown(kind))
    if text.strip():
        rows = found_by(actor, kind, rows, text)
    closed = hidden(actor, kind)
    return [card_of(record, closed) for record in rows.order_by("-created_at", "-id")[:limit]]


def purge_before() -> datetime:
    """Records put into the trash before this moment are gone for good."""
    return timezone.now() - KEPT_IN_TRASH


def open_by_stage(actor: Actor, kind: Kind = LEAD, most: int = 10_000) -> list[dict[str, Any]]:
    """Open stages of the usual pipeline with how many records `actor` sees in each, counted up to `most`."""
    stages = Stage.objects.filter(pipeline__is_usual=True, pipeline__kind=kind.key, kind=Stage.Kind.OPEN)
    rows = visible(actor, kind)
    return [
        {"stage": stage, "count": rows.filter(stage=stage).order_by()[: most + 1].count(), "most": most}
        for stage in stages.order_by("position", "id")
    ]


def editable(actor: Actor, kind: Kind) -> RecordQuerySet[Any]:
    """Records of `kind` that `actor` may change."""
    return reached(kind.rows().alive(), actor, kind, "edit")


def has_leads() -> bool:
    """Whether this portal has got any lead at all."""
    return Lead.objects.exists()


def points_by_record(kind: Kind, ids: Iterable[int]) -> Iterable[tuple[int, str, str, str, str, str]]:
    """(id of the record, kind, as typed, as compared, label, extension) for records the caller may see, in order."""
    return _POINTS[kind.key].rows(list(ids))


def addresses_by_record(kind: Kind, ids: Iterable[int]) -> Iterable[dict[str, Any]]:
    """Addresses of records the caller may see, with the record's id under the name of its kind."""
    names = (kind.key, *_ADDRESS)
    return [dict(zip(names, row, strict=True)) for row in _ADDRESSES[kind.key].rows(list(ids))]


def _those_of(model: Any, owner: str, *columns: str) -> Prepared:
    return Prepared(lambda ids: model.objects.filter(**{f"{owner}__in": ids}).values_list(owner, *columns))


_ADDRESS = ("kind", "street", "unit", "city", "region", "postal_code", "country")
_REACHABLE = [kind.key for kind in KINDS.values() if kind.reachable]
_POINTS = {key: _those_of(ContactPoint, key, "kind", "typed", "value", "label", "extension") for key in _REACHABLE}
_ADDRESSES = {key: _those_of(Address, key, *_ADDRESS) for key in _REACHABLE}
_WORKPLACES = _those_of(Affiliation, "contact", "company", "post")
_PARTICIPANTS = _those_of(DealContact, "deal", "contact")


def workplaces_of(ids: Iterable[int]) -> Iterable[tuple[int, int, str]]:
    """(contact, company, post) for contacts the caller may see, the main company first."""
    return _WORKPLACES.rows(list(ids))


def participants_of(ids: Iterable[int]) -> Iterable[tuple[int, int]]:
    """(deal, contact) for deals the caller may see, the main contact first."""
    return _PARTICIPANTS.rows(list(ids))


def visible_activities(actor: Actor) -> QuerySet[Activity]:
    """Things to do and done, of records that `actor` may see."""
    rows = Activity.objects.exclude(kind__in=[Activity.Kind.COMMENT, Activity.Kind.INTAKE])
    condition = Q(pk__in=[])
    for kind in kinds().values():
        if kind.link in OWNERS and may(actor, kind.permission("view")):
            condition |= Q(Exists(visible(actor, kind).filter(pk=OuterRef(f"{kind.link}_id")).order_by()))
    return rows.filter(condition)


def lead_behind(actor: Actor, record: Any) -> Lead | None:
    """The lead that a record came from, as far as `actor` sees it."""
    lead_id = getattr(record, "lead_id", None)
    if lead_id is None or not may(actor, LEAD.permission("view")):
        return None
    found: Lead | None = visible(actor, LEAD).filter(pk=lead_id).first()
    return found


def colleagues() -> QuerySet[User]:
    """Active colleagues by name, for filters."""
    people: QuerySet[User] = User.objects.employees().order_by("last_name", "first_name", "id")
    return people


def people_named(ids: Iterable[int]) -> list[User]:
    """Colleagues by id, for values that name them."""
    return list(User.objects.filter(pk__in=list(ids)))


def files_named(ids: Iterable[int]) -> list[File]:
    """Files by id, for values of a record the caller may see."""
    return list(File.objects.filter(pk__in=list(ids)))


def own_kinds() -> list[ActivityKind]:
    """Kinds of activities that the company made."""
    return list(ActivityKind.objects.filter(archived_at__isnull=True))
