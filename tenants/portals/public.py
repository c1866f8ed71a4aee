"""The door: what other floors call."""

from tenants.portals.domain.address import address_words, check_address, suggest_address
from tenants.portals.domain.claim import claim_portal
from tenants.portals.domain.email_index import find_portals, forget_email, remember_email
from tenants.portals.domain.lending import lend_domain, lendable_domains, take_back_domain

__all__ = [
    "address_words",
    "check_address",
    "claim_portal",
    "find_portals",
    "forget_email",
    "lend_domain",
    "lendable_domains",
    "remember_email",
    "suggest_address",
    "take_back_domain",
]
