"""What a portal's host answers while nobody may come in: plain, without touching the portal's schema."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from infra.kit.errors import PortalError, WayOut
from tenants.portals.hosts import PortalHost
from tenants.portals.models import Portal


class Suspended(PortalError):
    """The service has closed the portal's doors."""

    code = "suspended"
    status = 403


class Updating(PortalError):
    """The portal's schema does not fit this code: a migration is under way, or failed (promise 44)."""

    code = "updating"
    status = 503


def is_closed(hit: PortalHost) -> bool:
    """Whether nobody may come in."""
    return not hit.ready or hit.portal.status == Portal.Status.SUSPENDED


def closed_answer(request: HttpRequest, hit: PortalHost) -> HttpResponse:
    """The page (for programs: the problem document) that shuts everybody out."""
    with translation.override(translation.get_language_from_request(request)):
        refusal = _refusal(hit)
        if request.path.startswith("/api/"):
            answer: HttpResponse = JsonResponse(refusal.problem(), status=refusal.status)
            answer["Content-Type"] = "application/problem+json"
        else:
            title = _("Back in a minute") if refusal.status == 503 else _("The portal is closed for the moment")
            told = {"title": title, "refusal": refusal, "name": hit.portal.name, "note": hit.portal.status_note}
            page = render_to_string("portals/closed.html", told)
            answer = HttpResponse(page, status=refusal.status)
    if refusal.status == 503:
        answer["Retry-After"] = "60"
    answer["Cache-Control"] = "no-store"
    return answer


def _refusal(hit: PortalHost) -> PortalError:
    if hit.portal.status == Portal.Status.SUSPENDED:
        way_out = WayOut(text=settings.SUPPORT_EMAIL, url=f"mailto:{settings.SUPPORT_EMAIL}", ask="operator")
        return Suspended(_("This portal is suspended. The service's support can tell why."), way_out=way_out)
    return Updating(_("This portal is being updated. Try again in a minute; nothing is lost."))
