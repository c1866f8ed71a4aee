"""What every page of a portal says about the portal's own state: it can only be read, it is about to end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.access import may
from infra.ui import formats
from infra.ui.actors import actor_of
from tenants.portals.models import Portal


def notices(request: HttpRequest) -> Sequence[dict[str, Any]]:
    """The line of a portal that the service made read-only, or that its owner closes; from memory."""
    portal = current_portal()
    if portal.status == Portal.Status.READ_ONLY:
        text = _("The service has made this portal read-only: everything can be seen, nothing changed.")
        return [{"text": f"{text} {portal.status_note}".strip()}]
    if portal.status == Portal.Status.CLOSING and portal.erase_after is not None:
        text = _("This portal is closing: it can only be read, and is erased after %(day)s.")
        line: dict[str, Any] = {"text": text % {"day": formats.day(portal.erase_after)}}
        if may(actor_of(request), "portals.portal.close"):
            line |= {"url": reverse("portals:closing"), "action": _("Keep the portal")}
        return [line]
    return []
