"""The outermost middleware: probes, the request's id, its measure and its one line in the log."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars

from infra.ops import metrics, probes
from infra.ops.frames import roomy

log = structlog.get_logger("portal.request")

PROBES: dict[str, Callable[[HttpRequest], HttpResponse]] = {
    "/healthz": probes.healthz,
    "/readyz": probes.readyz,
    "/metrics": probes.metrics,
}
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestMiddleware:
    """Answers probes on any host and without the database; names, measures and logs every other request.

    The id comes from the balancer's `X-Request-ID` or is made here; it is in every log line and in the answer. Log and
    measures carry the route (`crm/leads/<int:pk>/`), never the path: paths hold invitations and reset keys.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = roomy(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = PROBES.get(request.path)
        if probe is not None:
            return probe(request)
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]  # ours, for logs and answers
        began = time.perf_counter()
        with bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            seconds = time.perf_counter() - began
            route = request.resolver_match.route if request.resolver_match else "none"
            metrics.observe_request(request.method or "", route, response.status_code, seconds)
            portal = getattr(request, "portal", None)
            log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                ms=round(seconds * 1000, 1),
                portal=portal.schema_name if portal is not None else None,
                user=_person(request),
            )
        response["X-Request-ID"] = request_id
        return response


def _person(request: HttpRequest) -> int | None:
    """The id of who is signed in, where a view asked for it anyway: logging costs no query."""
    known = request.__dict__.get("_cached_user")
    return known.pk if known is not None else None
