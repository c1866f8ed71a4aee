"""`/healthz`, `/readyz` and `/metrics`, answered on every host before anything else is touched."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST

from infra.ops.dependencies import check_all, warnings
from infra.ops.metrics import exposition


def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Touches nothing: a restart mends a process, not a database."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Which dependencies answer: 200 "ok" or "degraded", 503 "down" without the database.

    Only the database takes a process out of service. Everything else degrades: taking all processes away because the
    cache is gone would turn a slow service into none (promise 75).
    """
    found = check_all()
    status = "ok" if not any(found.values()) else "down" if found["database"] else "degraded"
    body: dict[str, object] = {"status": status, "dependencies": {name: why or "ok" for name, why in found.items()}}
    if status != "down" and (told := warnings()):
        body["warnings"] = told
    return JsonResponse(body, status=503 if status == "down" else 200, headers={"Cache-Control": "no-store"})


def metrics(request: HttpRequest) -> HttpResponse:
    """The Prometheus text for `Authorization: Bearer <METRICS_TOKEN>`; for anybody else there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, settings.METRICS_TOKEN):
        return HttpResponse("Not found.", status=404, content_type="text/plain; charset=utf-8")
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
