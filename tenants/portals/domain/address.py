"""The portal's address: the label before the service's domain."""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from tenants.portals.domain.retired import is_retired
from tenants.portals.domain.transliteration import to_ascii
from tenants.portals.models import Domain, Portal, RetiredName

SHORTEST, LONGEST = 3, 40
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")

# Hosts the service needs or that would mislead people; RFC 2142 names the mailboxes.
_RESERVED = """
www api app apps mail smtp imap pop mx ns ns1 ns2 dns ftp sftp ssh vpn cdn static media assets files storage admin
administrator root system service services status health support help helpdesk docs documentation blog news about
pricing price plans billing pay payment payments account accounts auth login signin signup register registration
logout sso oauth id my portal portals company companies home site sites pages page public demo test testing stage
staging dev development prod production internal intranet local localhost webmail autoconfig autodiscover wpad
isatap hostmaster postmaster webmaster abuse security noc info sales marketing legal privacy terms operator owner
official trust safety live ws socket sip voip turn stun monitor metrics grafana git ci
"""
RESERVED = frozenset(_RESERVED.split())


def host_of(slug: str) -> str:
    """The host at which the portal with this address answers."""
    return f"{slug}.{settings.BASE_DOMAIN}"


def check_address(address: str, *, portal: Portal | None = None) -> str:
    """The address in its stored form, free to be taken (by `portal`). Raises Invalid (field `address`)."""
    slug = address.strip().lower().removesuffix("." + settings.BASE_DOMAIN)
    problem = _form_problem(slug)
    if problem:
        raise Invalid(problem, fields={"address": [problem]})
    held = Domain.objects.filter(domain=host_of(slug)).values_list("tenant_id", flat=True).first()
    if slug in RESERVED or held not in (None, portal and portal.pk) or is_retired(RetiredName.Kind.ADDRESS, slug):
        raise address_taken(slug)
    return slug


def address_taken(slug: str) -> Invalid:
    """The refusal for an address somebody has, had, or that the service keeps for itself."""
    text = _("The address “%(address)s” is taken. Try another one.") % {"address": slug}
    return Invalid(text, code="address_taken", fields={"address": [text]})


def _form_problem(slug: str) -> str:
    if not SHORTEST <= len(slug) <= LONGEST:
        return _("The address has between %(shortest)d and %(longest)d characters.") % {
            "shortest": SHORTEST,
            "longest": LONGEST,
        }
    if not slug.isascii() or not _LABEL.fullmatch(slug):
        return _("Use the letters a to z, digits and hyphens; begin and end with a letter or digit.")
    if "--" in slug:  # "xn--" would be an internationalised name, which can imitate another company's
        return _("Two hyphens in a row are not possible.")
    if slug.isdecimal():
        return _("Use at least one letter.")
    return ""


def address_words(name: str) -> str:
    """`name` in Latin letters, digits and single hyphens, no longer than an address; "" when nothing is left of it."""
    return re.sub(r"[^a-z0-9]+", "-", to_ascii(name).lower()).strip("-")[:LONGEST].strip("-")


def suggest_address(name: str) -> str:
    """A free address made from the company's name, in Latin letters; "" when nothing can be made of it."""
    base = address_words(name)
    if not base:
        return ""
    if len(base) < SHORTEST or base.isdecimal():
        base = f"{base}-team"
    candidates = [base, *(f"{base[: LONGEST - 3].rstrip('-')}-{number}" for number in range(2, 100))]
    taken = set(Domain.objects.filter(domain__in=map(host_of, candidates)).values_list("domain", flat=True))
    for slug in candidates:
        if host_of(slug) not in taken and slug not in RESERVED and not is_retired(RetiredName.Kind.ADDRESS, slug):
            return slug
    return ""
