"""A holding: the company at the top, its branches, and what we have with all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from infra.kit.access import Actor, may
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import hidden, sees_sums
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, Kind
from modules.crm.domain.queries import record_rows, without_sums
from modules.crm.domain.shaping import DEEPEST_TREE
from modules.crm.models import Affiliation, Company, InvoiceStatus, Stage

MOST, SHOWN, PEOPLE = 500, 20, 100
OWED = (InvoiceStatus.SENT, InvoiceStatus.PART_PAID, InvoiceStatus.OVERDUE)
Sums = list[tuple[Decimal, str]]


@dataclass(kw_only=True)
class Branch:
    """A company of the holding, how deep it stands, its open deals and what it owes, by currency."""

    company: Company
    depth: int
    open_deals: int = 0
    sums: Sums = field(default_factory=list)
    debts: Sums = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The tree as lines in order, the sums of all by currency, the newest deals and invoices, and the people."""

    branches: list[Branch]
    sees_deals: bool
    sees_debts: bool
    open_sums: Sums
    won_sums: Sums
    debts: Sums
    overdue: Sums
    yesterday: str
    deals: list[Any]
    invoices: list[Any]
    contacts: list[Any]


def tree_below(actor: Actor | None, tops: Iterable[int]) -> set[int]:
    """Ids of companies and of all below them, as far as `actor` sees them and what is part of what; a statement per
    level, not per company. None is whoever asks without an own reach."""
    ids = set(tops)
    if actor is not None and "parent_id" in hidden(actor, COMPANY):
        return ids
    companies, level = COMPANY.rows().alive() if actor is None else visible(actor, COMPANY), set(ids)
    while level:
        level = set(companies.filter(parent__in=level).order_by().values_list("pk", flat=True)) - ids
        ids |= level
    return ids


def holding_of(actor: Actor, company: Company) -> Holding:
    """The whole holding of `company`, as far as `actor` sees its companies and what is done with them."""
    top, told = company, "parent_id" not in hidden(actor, COMPANY)
    seen = {top.pk}
    for _level in range(DEEPEST_TREE if told else 0):
        parent = visible(actor, COMPANY).filter(pk=top.parent_id).first() if top.parent_id else None
        if parent is None or parent.pk in seen:
            break
        top = parent
        seen.add(top.pk)
    ids = tree_below(actor, [top.pk])
    branches = _lines(actor, top, ids)
    sees_deals, sees_invoices = (
        may(actor, kind.permission("view")) and "company_id" not in hidden(actor, kind) for kind in (DEAL, INVOICE)
    )
    sees_debts = sees_invoices and not {"total", "paid", "status"} & hidden(actor, INVOICE)
    deals = visible(actor, DEAL).filter(company__in=ids).order_by() if sees_deals else DEAL.rows().none()
    owed = visible(actor, INVOICE).filter(company__in=ids, status__in=OWED) if sees_debts else INVOICE.rows().none()
    owed = owed.order_by().annotate(left=F("total") - F("paid"))
    _fill(actor, {branch.company.pk: branch for branch in branches}, deals, owed)
    shown, yesterday = sees_sums(actor, DEAL), timezone.localdate() - timedelta(days=1)
    return Holding(
        branches=branches,
        sees_deals=sees_deals and shown,
        sees_debts=sees_debts,
        open_sums=_by_currency(deals.filter(stage__kind=Stage.Kind.OPEN), "amount") if shown else [],
        won_sums=_by_currency(deals.filter(stage__kind=Stage.Kind.WON), "amount") if shown else [],
        debts=_by_currency(owed, "left"),
        overdue=_by_currency(owed.filter(due_on__lte=yesterday), "left"),
        yesterday=yesterday.isoformat(),
        deals=_newest(actor, DEAL, ids) if sees_deals else [],
        invoices=_newest(actor, INVOICE, ids) if sees_invoices else [],
        contacts=_people(actor, ids),
    )


def _lines(actor: Actor, top: Company, ids: set[int]) -> list[Branch]:
    rows = visible(actor, COMPANY).filter(pk__in=ids - {top.pk}).defer("search", "comment", "marks")
    children: dict[int, list[Company]] = {}
    for row in rows.order_by("name", "id")[:MOST]:
        children.setdefault(row.parent_id, []).append(row)
    found: list[Branch] = []

    def walk(row: Company, depth: int) -> None:
        found.append(Branch(company=row, depth=depth))
        for child in children.pop(row.pk, []):
            walk(child, depth + 1)

    walk(top, 0)
    return found


def _fill(actor: Actor, branches: dict[int, Branch], deals: Any, owed: Any) -> None:
    """Write what each company has into its line."""
    shown = sees_sums(actor, DEAL)
    per_deal = deals.filter(stage__kind=Stage.Kind.OPEN).values("company", "currency")
    counted = per_deal.annotate(n=Count("pk"), total=Sum("amount")).values_list("company", "currency", "n", "total")
    for pk, currency, count, total in counted.order_by("company", "currency"):
        if pk in branches:
            branches[pk].open_deals += count
            branches[pk].sums += [(total, currency)] if total and shown else []
    left = owed.values("company", "currency").annotate(whole=Sum("left")).order_by("company", "currency")
    for pk, currency, whole in left.values_list("company", "currency", "whole"):
        if pk in branches:
            branches[pk].debts += [(whole, currency)] if whole else []


def _by_currency(rows: Any, name: str) -> Sums:
    sums = rows.values("currency").annotate(whole=Sum(name)).order_by("currency").values_list("whole", "currency")
    return [(whole, currency) for whole, currency in sums if whole]


def _newest(actor: Actor, kind: Kind, ids: set[int]) -> list[Any]:
    rows = record_rows(actor, kind).filter(company__in=ids).order_by("-created_at", "-id")
    return without_sums(actor, kind, rows[:SHOWN])


def _people(actor: Actor, ids: set[int]) -> list[Any]:
    """Contacts with where each of them works in the holding, as what; the companies of others stay out of it."""
    if not may(actor, CONTACT.permission("view")) or "companies" in hidden(actor, CONTACT):
        return []
    places = Affiliation.objects.filter(company__in=ids)
    found = list(visible(actor, CONTACT).filter(Q(pk__in=places.values("contact"))).order_by("name", "id")[:PEOPLE])
    posts: dict[int, list[str]] = {}
    for row in places.filter(contact__in=found).select_related("company").order_by("position", "id"):
        posts.setdefault(row.contact_id, []).append(", ".join(part for part in (row.company.name, row.post) if part))
    for contact in found:
        contact.places = posts.get(contact.pk, [])
    return found
