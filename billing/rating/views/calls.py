"""The page "Calls & prices": what a call costs now, what is included, every call; and one call, line by line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.domain.wallet_settings import MANAGE
from billing.rating.domain import account, guard, packs, queries
from billing.rating.domain.explain import explain, rated_by
from billing.rating.domain.price_check import bundles_left, check_price
from billing.rating.domain.queries import access_call, visible_calls
from billing.rating.filters import CallFilter
from billing.rating.models import Call
from billing.rating.templatetags.calls import call_money, dialled_number, duration
from billing.rating.words import ROUTES, STATE_TONES
from billing.views.tabs import tabs_for
from infra.db.current import current_portal
from infra.kit.access import may
from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from infra.ui.panels import render_panel
from tenants.people.models import User

LONGEST_NUMBER = 40


def shown_number(call: Call) -> str:
    """Whom the call was with: the number that was dialled, or who called."""
    if call.direction == Call.Direction.OUT:
        return dialled_number(call.number)
    return f"← {dialled_number(call.caller)}" if call.caller else f"← {_('Hidden number')}"


class CallList(ListScreen[Call]):
    """The portal's calls, newest first; one's own for people without the right to see all."""

    key = "rating.calls"
    title = _("Calls & prices")
    template_name = "rating/calls.html"
    columns = (
        Column("number", _("Number"), link=True, fixed=True, value=shown_number),
        Column("destination", _("Destination"), value=lambda row: row.destination or str(ROUTES.get(row.route, ""))),
        Column("authorized_at", _("When"), kind="moment", order="authorized_at"),
        Column("seconds", _("Duration"), value=lambda row: duration(row.seconds), figures=True),
        Column("charge", _("Cost"), value=lambda row: call_money(row.charge, row.currency), figures=True),
        Column(
            "state",
            _("State"),
            kind="badge",
            value=lambda row: row.get_state_display(),
            tone=lambda row: STATE_TONES[row.state],
        ),
        Column("device", _("Telephone"), value=lambda row: row.device.label if row.device else "", shown=False),
        Column("route", _("Kind of number"), value=lambda row: str(ROUTES.get(row.route, row.route)), shown=False),
        Column("bundle_seconds", _("Included"), value=lambda row: duration(row.bundle_seconds), shown=False),
    )
    orders = (Order("-authorized_at", _("Newest first")),)
    filterset_class = CallFilter
    searchable = True
    search_hint = _("Number")
    export_permission = queries.VIEW
    export_name = "calls"
    empty = Empty(
        icon="phone", title=_("No calls yet"), text=_("Calls of your telephones appear here, each with its cost.")
    )

    def rows(self) -> QuerySet[Call]:
        """What the person may see."""
        return visible_calls(self.actor)

    def search(self, rows: QuerySet[Call], text: str) -> QuerySet[Call]:
        """By the beginning of the number."""
        digits = "".join(sign for sign in text if sign.isdecimal())
        return rows.filter(number__startswith=digits) if digits else rows.none()

    def url_of(self, row: Call) -> str:
        """The call's page."""
        return reverse("billing:call", args=[row.pk])

    def extra_context(self) -> dict[str, Any]:
        """The price that was asked for, included minutes, whether calls are stopped."""
        portal, now = current_portal(), datetime.now(UTC)
        number = self.request.GET.get("number", "").strip()[:LONGEST_NUMBER].replace("\x00", "")
        return {
            "tabs": tabs_for(self.actor, "calls"),
            "asked": number,
            "price": check_price(portal, number, now=now) if number else None,
            "routes": ROUTES,
            "bundles": bundles_left(portal, now),
            "stopped": account.account_of(portal.id).stopped_at,
            "may_protect": may(self.actor, guard.PROTECT),
            "may_devices": may(self.actor, "rating.device.manage"),
            "offers": packs.offers() if may(self.actor, MANAGE) else [],
            "click": uuid4().hex,
        }


call_list = screen(permission="rating.price.view", methods=("GET", "POST"))(CallList.as_view())


@screen(permission="rating.price.view")
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call: when, how long, and how its cost came about."""
    found = access_call(cast(User, request.user), pk)
    charge, lines = explain(found)
    corrections: list[dict[str, Any]] = []
    for item in found.corrections.all():
        again = rated_by(found, item.snapshot)[1] if item.snapshot else []
        corrections.append({"item": item, "lines": again, "difference": item.after - item.before})
    return render_panel(
        request,
        "rating/call.html",
        {
            "call": found,
            "charge": charge,
            "lines": lines,
            "corrections": corrections,
            "final": corrections[-1]["item"].after if corrections else found.charge,
            "route": ROUTES.get(found.route, found.route),
            "tone": STATE_TONES[found.state],
        },
        back=reverse("billing:calls"),
    )
