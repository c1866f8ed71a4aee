"""The client's page of a quote or an invoice. The address is the only key; no session is read or made."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from redis import RedisError

from infra.db.current import current_portal
from infra.kit.errors import Invalid, NotFound, PortalError, RateLimited, Unavailable
from infra.kit.screens import guest_page
from modules.crm.domain.selling.document_status import WAITING, answer_quote, mark_seen
from modules.crm.domain.selling.letterhead import letterhead_of
from modules.crm.domain.selling.online_payment import look_for_money
from modules.crm.domain.selling.paper import paper_of
from modules.crm.domain.selling.public_link import behind_link
from modules.crm.models import Invoice, QuoteStatus
from modules.crm.views.asking import version_of
from modules.crm.views.papers import pdf_answer
from tenants.people.sign_in.client import client_ip, household_of

_WHY = "A client opens the paper by an unguessable link that the company may close."
_A_MINUTE = 60


@guest_page(reason=_WHY)
def page(request: HttpRequest, token: str) -> HttpResponse:
    """The paper as a page, with what the client can do."""
    _hold_back(request)
    try:
        record = behind_link(token)
    except NotFound:
        context = {"company": current_portal().name}
        return _closed_to_robots(render(request, "crm/client/closed.html", context, status=404))
    if "paid" in request.GET and isinstance(record, Invoice) and record.stripe_link_id and record.open_amount:
        with suppress(PortalError):  # the job asks again
            look_for_money(record)
        record = behind_link(token)
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:  # a colleague who looks is not the client
        mark_seen(record)
    return _page(request, record)


def _page(
    request: HttpRequest, record: Any, *, problem: str = "", typed: Any = None, status: int = 200
) -> HttpResponse:
    with translation.override(record.language):
        late = not isinstance(record, Invoice) and record.valid_until and record.valid_until < timezone.localdate()
        paper = paper_of(record)
        context = {
            **paper,
            "record": record,
            "table": [list(zip(paper["head"], line, strict=True)) for line in paper["lines"]],
            "is_invoice": isinstance(record, Invoice),
            "look": letterhead_of(record.own_company),
            "company": record.own_company or current_portal().name,
            "may_answer": not isinstance(record, Invoice) and record.status in WAITING and not late,
            "late": late or record.status == QuoteStatus.EXPIRED,
            "pay_url": record.stripe_link_url if isinstance(record, Invoice) and record.open_amount else "",
            "problem": problem,
            "typed": typed or {},
            "token": record.public_token,
        }
        response = render(request, "crm/client/page.html", context, status=status)
    return _closed_to_robots(response)


@guest_page(reason=_WHY)
def pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The PDF."""
    _hold_back(request, cost=4)
    return _closed_to_robots(pdf_answer(behind_link(token)))


@csrf_exempt
@guest_page(reason=_WHY + " The address itself is the proof, so no cookie is needed.", methods=("POST",))
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The client accepts or declines a quote, with a name."""
    _hold_back(request, cost=4)
    record = behind_link(token)
    if isinstance(record, Invoice):
        return HttpResponseRedirect(reverse("crm:client_page", args=[token]))
    with translation.override(record.language):
        try:
            answer_quote(
                quote=record,
                accept=request.POST.get("answer") == "accept",
                name=request.POST.get("name", ""),
                note=request.POST.get("note", ""),
                version=version_of(request),
            )
        except PortalError as error:
            texts = [text for given in error.fields.values() for text in given] if isinstance(error, Invalid) else []
            record.refresh_from_db()
            return _page(
                request, record, problem=" ".join(texts) or str(error), typed=request.POST, status=error.status
            )
    return HttpResponseRedirect(reverse("crm:client_page", args=[token]))


def _hold_back(request: HttpRequest, cost: int = 1) -> None:
    """At most a few pages a second from one address. Raises RateLimited, Unavailable."""
    key = f"crm.client:{current_portal().schema_name}:{household_of(client_ip(request))}"
    try:
        cache.add(key, 0, timeout=_A_MINUTE)
        used = cache.incr(key, cost)
    except ValueError:  # it has just run out
        return
    except RedisError as error:  # nobody counts: the page waits, so that links cannot be guessed (promise 75)
        raise Unavailable from error
    if used > settings.CLIENT_PAGES_A_MINUTE:
        raise RateLimited(_("Too many pages in a short time. Wait a minute."), retry_after=_A_MINUTE)


def _closed_to_robots(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response
