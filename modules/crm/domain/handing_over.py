"""What a leaving person is responsible for, kind by kind: counted, and given to a colleague."""

from __future__ import annotations

from functools import partial

from infra.kit.access import Actor
from modules.crm.domain.bulk import count_owned, hand_over
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, LEAD, PRODUCT, QUOTE, smart_kinds
from tenants.people.models import User

count_leads, transfer_leads = partial(count_owned, LEAD), partial(hand_over, LEAD)
count_contacts, transfer_contacts = partial(count_owned, CONTACT), partial(hand_over, CONTACT)
count_companies, transfer_companies = partial(count_owned, COMPANY), partial(hand_over, COMPANY)
count_deals, transfer_deals = partial(count_owned, DEAL), partial(hand_over, DEAL)
count_quotes, transfer_quotes = partial(count_owned, QUOTE), partial(hand_over, QUOTE)
count_invoices, transfer_invoices = partial(count_owned, INVOICE), partial(hand_over, INVOICE)
count_products, transfer_products = partial(count_owned, PRODUCT), partial(hand_over, PRODUCT)


def count_items(user_id: int) -> int:
    """How many records of kinds that the company made the person is responsible for."""
    return sum(count_owned(kind, user_id) for kind in smart_kinds().values())


def transfer_items(*, actor: Actor, from_user: User, to_user: User) -> int:
    """Make `to_user` responsible for all of them. Returns how many."""
    return sum(hand_over(kind, actor=actor, from_user=from_user, to_user=to_user) for kind in smart_kinds().values())
