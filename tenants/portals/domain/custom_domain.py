"""Domains of the company's own: claimed, proven by a TXT record, asked again every day, released (promise 15)."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

import idna
import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra.audit import record
from infra.db import changes
from infra.db.current import current_portal, enter
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound, Unavailable
from tenants.portals.domain.address import host_of
from tenants.portals.domain.locking import lock_portal
from tenants.portals.domain.proof import DnsUnavailable, txt_records
from tenants.portals.models import Domain, DomainClaim, Portal, PublicHost

log = structlog.get_logger(__name__)

PERMISSION = "portals.domain.manage"
ASKED_EVERY = timedelta(days=1)
MISSING_FOR = timedelta(days=3)
_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")


def claims_of(portal: Portal) -> QuerySet[DomainClaim]:
    """The domains that `portal` claims, by name."""
    return DomainClaim.objects.filter(portal_id=portal.pk).order_by("domain")


def hosts_of(portal: Portal) -> QuerySet[Domain]:
    """The names that `portal` answers at, the main one first."""
    hosts: QuerySet[Domain] = Domain.objects.filter(tenant_id=portal.pk)
    return hosts.order_by("-is_primary", "kind", "domain")


def claimed_domains() -> int:
    """How many domains the entered portal claims or has: what `portals.domains` counts."""
    return DomainClaim.objects.filter(portal_id=current_portal().id).count()


def normal_domain(text: str) -> str:
    """A domain as it is stored: ASCII (IDN by UTS 46), lower case. Raises Invalid (field `domain`)."""
    text = text.strip().lower().removeprefix("https://").removeprefix("http://").split("/")[0].rstrip(".")
    try:
        name = idna.encode(text, uts46=True).decode()
    except idna.IDNAError:
        name = ""
    if len(name) > 240 or not _NAME.fullmatch(name):
        raise _refusal(_("Enter a domain such as portal.example.com."))
    for own in (settings.BASE_DOMAIN, settings.SITES_DOMAIN):
        if name == own or name.endswith("." + own) or own.endswith("." + name):
            raise _refusal(_("This domain belongs to the service."))
    return name


def _refusal(text: str) -> Invalid:
    return Invalid(text, fields={"domain": [text]})


def claim_domain(*, actor: Actor, portal: Portal, domain: str) -> DomainClaim:
    """Say that `domain` is the company's; the answer holds the TXT record that will prove it.

    Several portals may claim one domain. Raises Denied, Invalid (field `domain`), LimitReached (`portals.domains`).
    """
    require_permission(actor, PERMISSION)
    name = normal_domain(domain)
    with transaction.atomic():
        portal = lock_portal(portal)
        if DomainClaim.objects.filter(portal=portal, domain=name).exists():
            raise _refusal(_("This domain is on your list already."))
        gates.reserve("portals.domains")
        claim = DomainClaim.objects.create(portal=portal, domain=name, token=_token())
        record(actor, "domain.claim", changes={"domain": (None, name)})
    return claim


def prove_domain(*, actor: Actor, portal: Portal, claim_id: int) -> DomainClaim:
    """Look for the TXT record now; when it is there, the domain answers as the portal.

    Raises Denied, NotFound, Invalid (the record is not there; says what was found), Conflict (another portal has the
    domain and its own record still stands), Unavailable (the DNS gave no answer).
    """
    require_permission(actor, PERMISSION)
    claim = _claim_of(portal, claim_id)
    if claim.proven_at is not None:
        return claim
    found = _look(claim)  # outside of any transaction: the DNS may take seconds
    if claim.record_value not in found:
        answer = "; ".join(found)[:300]
        DomainClaim.objects.filter(pk=claim.pk).update(last_answer=answer, checked_at=timezone.now())
        raise Invalid(
            _("The record %(name)s does not say %(value)s yet. New records can take up to an hour to be seen.")
            % {"name": claim.record_name, "value": claim.record_value},
            code="not_proven",
        )
    _displace(claim)
    return _bind(claim, actor)


def _displace(claim: DomainClaim) -> None:
    """Unbind the domain from a portal whose record no longer stands. Raises Conflict when it does."""
    other = DomainClaim.objects.filter(domain=claim.domain, proven_at__isnull=False).exclude(pk=claim.pk).first()
    if other is not None:
        if other.record_value in _look(other):
            raise Conflict(_("Another portal uses this domain, and its record still stands. Remove that record first."))
        _unbind(other, "domain.lose")


def _bind(claim: DomainClaim, actor: Actor) -> DomainClaim:
    try:
        with transaction.atomic():
            portal = lock_portal(claim.portal)
            claim = _claim_of(portal, claim.pk)
            if claim.proven_at is not None:  # the second click
                return claim
            claim.proven_at = claim.checked_at = timezone.now()
            claim.missing_since, claim.last_answer = None, ""
            claim.save()
            Domain(tenant=portal, domain=claim.domain, kind=Domain.Kind.CUSTOM, is_primary=False).save(
                force_insert=True
            )
            record(actor, "domain.prove", changes={"domain": (None, claim.domain)})
            changes.announce(portal.schema_name)
    except IntegrityError as error:
        raise Conflict(_("Another portal has just proven this domain.")) from error
    return claim


def release_domain(*, actor: Actor, portal: Portal, claim_id: int) -> None:
    """Give a domain up. Whoever wants it next, this portal included, needs a new record. Raises Denied, NotFound."""
    require_permission(actor, PERMISSION)
    with transaction.atomic():
        lock_portal(portal)
        claim = _claim_of(portal, claim_id)
        _remove_host(claim)
        claim.delete()
        gates.release("portals.domains")
        record(actor, "domain.release", changes={"domain": (claim.domain, None)})
        changes.announce(portal.schema_name)


def recheck_domains() -> int:
    """Ask the DNS again for every proven domain not asked for a day; answers how many were unbound.

    A record that is missing for three days unbinds the domain. No answer of the DNS changes nothing.
    """
    now, unbound = timezone.now(), 0
    due = DomainClaim.objects.filter(proven_at__isnull=False, checked_at__lte=now - ASKED_EVERY)
    for claim in due.select_related("portal").order_by("checked_at"):
        try:
            stands = claim.record_value in _look(claim)
        except Unavailable:
            continue
        claim.checked_at = now
        claim.missing_since = None if stands else claim.missing_since or now
        if claim.missing_since is not None and claim.missing_since <= now - MISSING_FOR:
            _unbind(claim, "domain.lose")
            unbound += 1
        else:
            DomainClaim.objects.filter(pk=claim.pk, proven_at=claim.proven_at).update(
                checked_at=now, missing_since=claim.missing_since
            )
    return unbound


def may_have_certificate(host: str) -> bool:
    """Whether the web server may ask for a certificate for `host`: only for hosts that are ours or proven."""
    from tenants.portals.hosts import normal_host, resolve_host

    return bool(normal_host(host)) and resolve_host(host) is not None


def _look(claim: DomainClaim) -> list[str]:
    try:
        return txt_records(claim.record_name)
    except DnsUnavailable as error:
        log.warning("portals.dns_unavailable", domain=claim.domain, reason=str(error))
        raise Unavailable(_("The name servers of %(domain)s do not answer.") % {"domain": claim.domain}) from error


def _unbind(claim: DomainClaim, action: str) -> None:
    with transaction.atomic():
        portal = lock_portal(claim.portal)
        if not DomainClaim.objects.filter(pk=claim.pk, proven_at=claim.proven_at).exists():
            return  # released while the DNS was asked
        _remove_host(claim)
        claim.proven_at = claim.missing_since = None
        claim.checked_at, claim.token = timezone.now(), _token()
        claim.save()
        with enter(portal):
            record(SYSTEM, action, changes={"domain": (claim.domain, None)})
        changes.announce(portal.schema_name)


def _claim_of(portal: Portal, claim_id: int) -> DomainClaim:
    claim = DomainClaim.objects.select_related("portal").filter(portal=portal, pk=claim_id).first()
    if claim is None:
        raise NotFound
    return claim


def _remove_host(claim: DomainClaim) -> None:
    PublicHost.objects.filter(portal=claim.portal, host=claim.domain).delete()  # where it was lent to a site
    domain = Domain.objects.filter(tenant=claim.portal, domain=claim.domain, kind=Domain.Kind.CUSTOM).first()
    if domain is None:
        return
    domain.delete()
    if domain.is_primary:
        own = Domain.objects.get(tenant=claim.portal, domain=host_of(claim.portal.slug or ""))
        own.is_primary = True
        own.save()


def _token() -> str:
    return secrets.token_hex(16)
