"""The live gateway's entry: `manage.py live`, or `uvicorn saas.asgi:application`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings.dev")

import django

django.setup()

from infra.live.gateway import Gateway  # noqa: E402
from tenants.portals.hosts import PortalHost, resolve_host  # noqa: E402
from tenants.portals.models import Portal  # noqa: E402

_CLOSED = {Portal.Status.SUSPENDED, Portal.Status.CLOSING, Portal.Status.ERASED}


def find_portal(host: str) -> str | None:
    """The schema of the open portal that this Host header leads to."""
    hit = resolve_host(host)
    if isinstance(hit, PortalHost) and hit.ready and hit.portal.status not in _CLOSED:
        return str(hit.portal.schema_name)
    return None


application = Gateway(find_portal)
