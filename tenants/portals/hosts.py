"""Which host leads where. Asked once a request, so remembered for some seconds and dropped on change (promise 14)."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from infra.db import changes
from infra.db.current import enter_public
from tenants.portals.migrating.releases import is_served
from tenants.portals.models import Domain, MigrationState, Portal, PublicHost

REMEMBERED_SECONDS = 5.0
REMEMBERED_HOSTS = 20_000

# RFC 1123 labels with an optional port; what else a client may send is not a host of ours.
_HOST = re.compile(r"(?P<name>[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)\.?(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class ServiceHost:
    """The service's own host."""

    host: str


@dataclass(frozen=True)
class PortalHost:
    """A portal's host. `ready` is False while its schema does not fit this code: it must answer 503 (promise 44)."""

    host: str
    portal: Portal
    ready: bool = True


@dataclass(frozen=True)
class PublicHostHit:
    """The host of something a portal published; served without entering the portal."""

    host: str
    portal: Portal
    module: str
    ref: int
    root: str
    published: bool


Hit = ServiceHost | PortalHost | PublicHostHit | None

_remembered: dict[str, tuple[float, Hit]] = {}
_lanes: dict[str, str] = {}  # whose host it was when last looked at; a guide to fairness, never to a portal


@changes.on_change
def _forget(schema: str) -> None:
    """Drop the portal's hosts, and every "no such host", which may have become this portal's."""
    for host, (_until, hit) in list(_remembered.items()):
        portal = getattr(hit, "portal", None)
        if schema == changes.EVERYTHING or portal is None or portal.schema_name == schema:
            _remembered.pop(host, None)


def normal_host(host: str) -> str:
    """`host` (a Host header) lower-case, without port and trailing dot; "" for what cannot be a host of ours."""
    match = _HOST.fullmatch(host.lower()) if len(host) <= 270 else None
    return match["name"] if match else ""


def resolve_host(host: str) -> Hit:
    """Where the Host header `host` leads: the service, a portal, something published, or None (answer 404)."""
    name = normal_host(host)
    if not name:
        return None
    if name == settings.BASE_DOMAIN:
        return ServiceHost(name)
    changes.hear()
    found = _remembered.get(name)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    with enter_public():
        hit = _look_up(name)
    _remember_lane(name, hit)
    if not connection.in_atomic_block:  # what an open transaction sees may never come true
        if len(_remembered) >= REMEMBERED_HOSTS:
            _remembered.clear()
        _remembered[name] = (time.monotonic() + REMEMBERED_SECONDS, hit)
    return hit


def lane_of(host: str) -> str:
    """In whose turn a request to `host` is answered, as far as this process knows without asking: "" for strangers.

    Of a portal and of what it published each has a turn of its own: a storm on a public form leaves its people theirs.
    """
    name = normal_host(host)
    return name if name == settings.BASE_DOMAIN else _lanes.get(name, "")


def _remember_lane(name: str, hit: Hit) -> None:
    if len(_lanes) >= REMEMBERED_HOSTS:
        _lanes.clear()
    match hit:
        case PortalHost(portal=portal):
            _lanes[name] = portal.schema_name
        case PublicHostHit(portal=portal):
            _lanes[name] = f"{portal.schema_name} published"
        case _nobody:
            _lanes.pop(name, None)


def _look_up(name: str) -> Hit:
    domain = Domain.objects.select_related("tenant").filter(domain=name).first()
    if domain is not None and domain.tenant.status != Portal.Status.ERASED:
        state = MigrationState.objects.filter(pk=domain.tenant.schema_name).first()
        ready = state is not None and not state.broken and is_served(state.fingerprint)
        return PortalHost(name, domain.tenant, ready)
    public = PublicHost.objects.select_related("portal").filter(host=name).first()
    if public is not None and public.portal.status not in (Portal.Status.ERASED, Portal.Status.CLOSING):
        return PublicHostHit(
            name, public.portal, public.module, public.ref, public.root, public.published_at is not None
        )
    return None
