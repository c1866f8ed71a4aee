"""Who may listen to changes of records: frames carry ids only, and what is fetched by them is checked again."""

from __future__ import annotations

from functools import partial

from infra.kit.access import Actor, may
from modules.crm.domain.access import seen, visible
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, LEAD, PRODUCT, QUOTE, Kind, smart_kinds


def _list(kind: Kind, actor: Actor, rest: str) -> bool:
    return rest == "" and may(actor, kind.permission("view"))


def _record(kind: Kind, actor: Actor, rest: str) -> bool:
    if not rest.isdecimal() or len(rest) > 18 or not may(actor, kind.permission("view")):
        return False
    return visible(actor, kind).filter(pk=int(rest)).exists()


def item_list(actor: Actor, rest: str) -> bool:
    """`list:crm.item:<type>`."""
    kind = smart_kinds().get(f"item_{rest}")
    return kind is not None and may(actor, kind.permission("view"))


def item(actor: Actor, rest: str) -> bool:
    """`record:crm.item:<id>`."""
    return rest.isdecimal() and len(rest) <= 18 and seen(actor, "item", int(rest)) is not None


lead_list, lead = partial(_list, LEAD), partial(_record, LEAD)
contact_list, contact = partial(_list, CONTACT), partial(_record, CONTACT)
company_list, company = partial(_list, COMPANY), partial(_record, COMPANY)
deal_list, deal = partial(_list, DEAL), partial(_record, DEAL)
quote_list, quote = partial(_list, QUOTE), partial(_record, QUOTE)
invoice_list, invoice = partial(_list, INVOICE), partial(_record, INVOICE)
product_list, product = partial(_list, PRODUCT), partial(_record, PRODUCT)
