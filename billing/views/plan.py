"""The page "Plan and usage"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from billing.contracts import Entitlements, Period
from billing.domain import (
    addon,
    catalogue,
    entitlement,
    forecast,
    memory,
    offers,
    paid_state,
    refusals,
    upgrade,
    usage,
)
from billing.domain.subscription import changes_of, subscription_of
from billing.models import Plan
from billing.models.plan import in_language
from infra.adapters.payments import payments_on
from infra.db.current import current_portal, current_schema
from infra.kit.access import SYSTEM, may
from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.models import User


@screen(permission="billing.plan.view")
def plan_and_usage(request: HttpRequest) -> HttpResponse:
    """What the plan gives, what is used of it, and what the other plans would give."""
    actor = cast(User, request.user)
    schema = current_schema()
    over = usage.review(memory.entitlements(schema), schema)
    rights = memory.entitlements(schema)
    meters = usage.meters(rights)
    portal = current_portal()
    subscription = subscription_of(portal.id)
    currency = offers.currency_or_default(portal.currency)
    period = offers.period_or_default(request.GET.get("period", subscription.period))
    now = datetime.now(UTC)
    asked = upgrade.open_request(portal.id)
    return render(
        request,
        "billing/plan.html",
        {
            "rights": rights,
            "meters": [meter for meter in meters if meter.used is not None],
            "rates": [meter for meter in meters if meter.used is None],
            "over": over,
            "to_remove": refusals.to_remove(over),
            "grace_days": entitlement.GRACE.days,
            "days_left": (rights.trial_ends_at - now).days + 1 if rights.trial_ends_at else None,
            "offers": offers.offers(currency=currency, period=period, meters=meters, rights=rights),
            "period": period,
            "periods": [
                {"key": Period.MONTH, "title": _("Monthly"), "url": "?period=month"},
                {"key": Period.YEAR, "title": _("Yearly"), "url": "?period=year"},
            ],
            "highlight": request.GET.get("for", ""),
            "may_manage": may(actor, upgrade.MANAGE),
            "owner": refusals.owner_name(),
            "asked": asked,
            "asked_title": catalogue.current_version(asked.plan).title if asked else "",
            "payments_on": payments_on(),
            "paid": paid_state.state_of(portal),
            "packs": addon.bought_by(portal.id),
            "lapsed": rights.unpaid_until is not None and rights.unpaid_until <= now,
            "histories": forecast.history(portal.id, meters),
            "changes": changes_of(portal.id),
            "system": SYSTEM.display_name,
            "best": _best(rights, request.GET.get("for", "")),
            "click": uuid4().hex,
            "plan_title": in_language(dict(rights.plan_titles)),
            "fallback_title": catalogue.plan_in_role(Plan.Role.FALLBACK).title,
        },
    )


def _best(rights: Entitlements, asked: str) -> str:
    """The cheapest plan that gives more of what was asked for: the one clear thing to do."""
    for version in catalogue.plans_on_sale():
        if asked in rights.limits:
            now, would = rights.limits[asked], version.limits.get(asked, 0)
            if now is not None and (would is None or would > now):
                return version.plan.slug
        elif asked and version.features.get(asked):
            return version.plan.slug
    return ""


@screen(permission="billing.plan.manage", methods=("POST",))
def ask(request: HttpRequest) -> HttpResponse:
    """Ask the operator for a plan."""
    plan = get_object_or_404(Plan, slug=request.POST.get("plan", ""), on_sale=True)
    period = offers.period_or_default(request.POST.get("period", ""))
    upgrade.ask_for_plan(actor=cast(User, request.user), plan=plan, period=period, note=request.POST.get("note", ""))
    title = catalogue.current_version(plan).title
    toast(request, _("Asked for the plan “%(plan)s”. You will be told when it is set.") % {"plan": title})
    return redirect("billing:plan")


@screen(permission="billing.plan.manage", methods=("POST",))
def withdraw(request: HttpRequest) -> HttpResponse:
    """Take the request back."""
    upgrade.withdraw_request(actor=cast(User, request.user))
    toast(request, _("The request is withdrawn."))
    return redirect("billing:plan")


@screen(permission=None, methods=("POST",))
def ask_owner(request: HttpRequest) -> HttpResponse:
    """Tell the owner that more is needed: whoever meets a limit may, also who does not see the plan."""
    actor = cast(User, request.user)
    key = request.POST.get("for") or request.GET.get("for", "")
    asked = upgrade.ask_owner(actor=actor, key=key)
    toast(request, _("Those who may change the plan have been told.") if asked else _("They know already."))
    return redirect("billing:plan" if may(actor, "billing.plan.view") else "/")
