"""Who may speak as the switch: a token of its own, from a network it lives in, or with a client certificate."""

from __future__ import annotations

import functools
import hmac
import ipaddress
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from infra.kit.errors import Invalid, PortalError
from infra.kit.screens import public_page
from tenants.people.sign_in.client import client_ip

MOST_BYTES = 256 * 1024
MOST_RECORD_BYTES = 2 * 1024 * 1024
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Answer = dict[str, Any]
_ODD = re.compile("[\x00\ud800-\udfff]")  # what PostgreSQL keeps in no text


class NotTheSwitch(PortalError):
    """The request does not prove to come from the switch; nothing of what is here is told."""

    code = "not_found"
    status = 404


def is_switch(request: HttpRequest) -> bool:
    """A known token, and then either an address of SWITCH_NETWORKS or a certificate that the proxy has verified."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
    if not any(hmac.compare_digest(given, token.encode()) for token in settings.SWITCH_TOKENS if token):
        return False
    if settings.SWITCH_CERTIFICATES and settings.TRUSTED_PROXY_HOPS:
        return request.headers.get("X-Client-Verify") == "SUCCESS"
    address = ipaddress.ip_address(client_ip(request))
    return any(address in ipaddress.ip_network(network) for network in settings.SWITCH_NETWORKS)


def for_the_switch(
    *, method: str, most: int = MOST_BYTES
) -> Callable[[Callable[[Answer], Answer]], Callable[[HttpRequest], HttpResponse]]:
    """A view that takes a JSON object (POST) or the query (GET) and answers JSON; refusals are problem documents."""

    def decorate(view: Callable[[Answer], Answer]) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @public_page(reason="the switch speaks here, with a token and from a network of its own", methods=(method,))
        @functools.wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            try:
                if not is_switch(request):
                    raise NotTheSwitch
                return JsonResponse(view(_body(request, most) if method == "POST" else dict(request.GET.items())))
            except PortalError as refusal:
                return JsonResponse(refusal.problem(), status=refusal.status, content_type="application/problem+json")

        return guarded

    return decorate


def _body(request: HttpRequest, most: int) -> Answer:
    raw = request.body
    try:
        data = json.loads(raw) if len(raw) <= most else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Invalid("A JSON object is expected.")
    return data


def text(data: Answer, name: str, *, most: int = 120, needed: bool = True) -> str:
    """A field of words. Raises Invalid."""
    value = data.get(name, "")
    if not isinstance(value, str) or len(value) > most or (needed and not value.strip()) or _ODD.search(value):
        raise Invalid(fields={name: [f"A text of 1 to {most} characters is expected."]})
    return value.strip()


def moment(data: Answer, name: str, *, needed: bool = True) -> datetime | None:
    """An instant with its zone. Raises Invalid."""
    value = data.get(name)
    if value is None and not needed:
        return None
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        found = found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        raise Invalid(fields={name: ["An instant such as 2026-01-31T18:00:00.250Z is expected."]})
    return found


def needed(instant: datetime | None) -> datetime:
    """An instant that `moment` has found. Raises Invalid for none."""
    if instant is None:
        raise Invalid(fields={"at": ["An instant is expected."]})
    return instant
