"""Who pays and who takes the goods in place of the buyer: a client may have several of each."""

from __future__ import annotations

from typing import Any

from infra.kit.access import Actor, may
from infra.kit.refs import RecordCard
from modules.crm.domain.access import visible
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.kinds import COMPANY, INVOICE, QUOTE
from modules.crm.domain.queries import card_of
from modules.crm.models import RecordQuerySet

PARTIES = frozenset({"payer_id", "consignee_id"})
_MOST, _LOOKED_AT = 10, 50


def parties_of(actor: Actor, company_id: int) -> list[RecordCard]:
    """Companies to choose from for a paper of `company_id`, as far as the actor sees them: who paid or took goods for
    it before, newest first, then itself and the rest of its holding."""
    if not may(actor, COMPANY.permission("view")):
        return []
    ids: list[int] = []
    for kind in (INVOICE, QUOTE):
        if may(actor, kind.permission("view")) and not PARTIES & hidden(actor, kind):
            papers = visible(actor, kind).filter(company_id=company_id).order_by("-created_at", "-id")
            for pair in papers.values_list("payer_id", "consignee_id")[:_LOOKED_AT]:
                ids += [pk for pk in pair if pk is not None]
    companies = visible(actor, COMPANY)
    parent = companies.filter(pk=company_id).values_list("parent_id", flat=True).first()
    ids.append(company_id)
    if parent is not None:
        ids += [parent, *_below(companies, parent)]
    ids += _below(companies, company_id)
    wanted = list(dict.fromkeys(ids))[:_MOST]
    found = {row.pk: row for row in companies.filter(pk__in=wanted).select_related("responsible")}
    closed = hidden(actor, COMPANY)
    return [card_of(found[pk], closed) for pk in wanted if pk in found]


def _below(companies: RecordQuerySet[Any], parent_id: int) -> list[int]:
    rows = companies.filter(parent_id=parent_id)
    return list(rows.order_by("name", "id").values_list("pk", flat=True)[:_MOST])
