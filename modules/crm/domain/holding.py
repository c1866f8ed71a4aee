"""A holding: the company at the top, its branches, and what we have with all of them together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from infra.kit.access import Actor, may
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import sees_sums
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL
from modules.crm.domain.queries import record_rows, without_sums
from modules.crm.domain.shaping import DEEPEST_TREE
from modules.crm.models import Company, Stage

MOST = 500


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A company of the holding, how deep it stands, and its open deals by currency."""

    company: Company
    depth: int
    open_deals: int
    sums: list[tuple[Decimal, str]]


@dataclass(frozen=True, kw_only=True)
class Holding:
    """The tree as lines in order, the sums of all, the newest deals and the contacts."""

    branches: list[Branch]
    open_sums: list[tuple[Decimal, str]]
    won_sums: list[tuple[Decimal, str]]
    deals: list[Any]
    contacts: list[Any]


def holding_of(actor: Actor, company: Company) -> Holding:
    """The whole holding of `company`, as far as `actor` sees it; a statement per level, not per company."""
    top = company
    for _level in range(DEEPEST_TREE):
        parent = visible(actor, COMPANY).filter(pk=top.parent_id).first() if top.parent_id else None
        if parent is None:
            break
        top = parent
    children: dict[int, list[Company]] = {}
    level, known = [top.pk], {top.pk}
    while level and len(known) < MOST:
        rows = (
            visible(actor, COMPANY).filter(parent__in=level).defer("search", "comment", "marks").order_by("name", "id")
        )
        level = []
        for row in rows[:MOST]:
            if row.pk not in known:
                known.add(row.pk)
                level.append(row.pk)
                children.setdefault(row.parent_id, []).append(row)
    sums = _sums(actor, known)
    branches: list[Branch] = []

    def walk(row: Company, depth: int) -> None:
        count, amounts = sums.get(row.pk, (0, []))
        branches.append(Branch(company=row, depth=depth, open_deals=count, sums=amounts))
        for child in children.get(row.pk, []):
            walk(child, depth + 1)

    walk(top, 0)
    contacts = may(actor, CONTACT.permission("view"))
    deals = may(actor, DEAL.permission("view"))
    return Holding(
        branches=branches,
        open_sums=_total(actor, known, Stage.Kind.OPEN),
        won_sums=_total(actor, known, Stage.Kind.WON),
        deals=without_sums(
            actor, DEAL, record_rows(actor, DEAL).filter(company__in=known).order_by("-created_at", "-id")[:50]
        )
        if deals
        else [],
        contacts=list(
            record_rows(actor, CONTACT).filter(affiliations__company__in=known).distinct().order_by("name", "id")[:100]
        )
        if contacts
        else [],
    )


def _sums(actor: Actor, ids: set[int]) -> dict[int, tuple[int, list[tuple[Decimal, str]]]]:
    if not may(actor, DEAL.permission("view")):
        return {}
    rows = visible(actor, DEAL).filter(company__in=ids, stage__kind=Stage.Kind.OPEN).order_by()
    seen = sees_sums(actor, DEAL)
    found: dict[int, tuple[int, list[tuple[Decimal, str]]]] = {}
    for pk, currency, count, total in (
        rows.values("company", "currency")
        .annotate(n=Count("pk"), total=Sum("amount"))
        .values_list("company", "currency", "n", "total")
    ):
        before, amounts = found.get(pk, (0, []))
        found[pk] = (before + count, [*amounts, (total, currency)] if total and seen else amounts)
    return found


def _total(actor: Actor, ids: set[int], kind: str) -> list[tuple[Decimal, str]]:
    if not may(actor, DEAL.permission("view")) or not sees_sums(actor, DEAL):
        return []
    rows = visible(actor, DEAL).filter(Q(company__in=ids), stage__kind=kind).order_by()
    sums = rows.values("currency").annotate(total=Sum("amount")).values_list("total", "currency")
    return [(total, currency) for total, currency in sums if total]
