"""What could not be delivered inside the portal, with the two things a person can do about it."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.numbers import whole_number
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.outbox.domain.failures import (
    MANAGE,
    Failure,
    discard_delivery,
    failed_deliveries,
    retry_delivery,
)
from infra.ui.toasts import toast

_PAGE = 50


def _module(failure: Failure) -> str:
    """The title of the module whose event it is; the slug once the module is gone."""
    slug = failure.event_name.partition(".")[0]
    spec = registry.modules.get(slug)
    return str(spec.title) if spec else slug


@screen(permission=MANAGE)
def failed(request: HttpRequest) -> HttpResponse:
    """Failed deliveries, newest first."""
    found = failed_deliveries(
        actor=cast(Actor, request.user), after=whole_number(request.GET.get("after")), limit=_PAGE + 1
    )
    shown = found[:_PAGE]
    return render(
        request,
        "outbox/deliveries.html",
        {
            "failures": [(failure, _module(failure)) for failure in shown],
            "next": shown[-1].id if len(found) > _PAGE else None,
        },
    )


@screen(permission=MANAGE, methods=("POST",))
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Try one again now."""
    retry_delivery(actor=cast(Actor, request.user), delivery_id=delivery_id)
    toast(request, _("It is tried again now."), tone="success")
    return redirect("outbox:deliveries")


@screen(permission=MANAGE, methods=("POST",))
def discard(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Give one up."""
    discard_delivery(actor=cast(Actor, request.user), delivery_id=delivery_id)
    toast(request, _("It will not be tried again."), tone="success")
    return redirect("outbox:deliveries")
