"""One portal as the operator sees it: what it is, what it uses, and what can be done about it. None of its contents."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from billing.contracts import Period
from billing.domain import override as overrides
from billing.domain import subscription
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.outbox.domain.failures import discard_dead_letter, retry_dead_letter
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from saas.operator.domain import support
from saas.operator.domain.overview import overview, portal_by_id
from saas.operator.domain.support import CONSOLE
from saas.operator.forms import OverrideForm, PlanForm, ReasonForm, TrialForm
from saas.signup.views.form import to_portals
from tenants.people.models import User
from tenants.portals.domain import status as statuses
from tenants.portals.models import Portal

STATUS_VERBS = ("suspend", "resume", "make_read_only", "make_writable")


def _page(request: HttpRequest, portal: Portal, status: int = 200, **bound: Any) -> HttpResponse:
    seen = overview(portal)
    current = seen.subscription.version
    forms = {
        "status_form": ReasonForm(auto_id="status_%s"),
        "plan_form": PlanForm(current=current, auto_id="plan_%s", initial={"period": seen.subscription.period}),
        "trial_form": TrialForm(auto_id="trial_%s"),
        "override_form": OverrideForm(auto_id="override_%s"),
        "support_form": ReasonForm(auto_id="support_%s"),
    }
    context = {**forms, **bound, "seen": seen, "portal": portal, "address": portal.url}
    return render(request, "operator/portal.html", context, status=status)


def _done(request: HttpRequest, portal: Portal, text: str) -> HttpResponse:
    toast(request, text)
    return redirect("operator:portal", portal_id=portal.pk)


@screen(permission=CONSOLE)
@never_cache
@to_portals
def portal(request: HttpRequest, portal_id: int) -> HttpResponse:
    """The page."""
    return _page(request, portal_by_id(portal_id))


@screen(permission=CONSOLE, methods=("POST",))
def status(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Suspend, resume, make read-only or writable."""
    found, actor = portal_by_id(portal_id), cast(User, request.user)
    do, form = request.POST.get("do", ""), ReasonForm(request.POST, auto_id="status_%s")
    if do not in STATUS_VERBS:
        raise Invalid
    if do in ("resume", "make_writable"):
        verb = statuses.resume_portal if do == "resume" else statuses.make_writable
        verb(actor=actor, portal=found)
        return _done(request, found, _("The portal works again."))
    if not form.is_valid():
        return _page(request, found, 422, status_form=form)
    reason = form.cleaned_data["reason"]
    if do == "suspend":
        statuses.suspend_portal(actor=actor, portal=found, reason=reason)
        return _done(request, found, _("The portal is suspended."))
    statuses.make_read_only(actor=actor, portal=found, reason=reason)
    return _done(request, found, _("The portal can only be read now."))


@screen(permission=CONSOLE, methods=("POST",))
def plan(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Switch the plan; what was refused works with the next click."""
    found = portal_by_id(portal_id)
    current = overview(found).subscription.version
    form = PlanForm(request.POST, current=current, auto_id="plan_%s")
    if form.is_valid():
        data = form.cleaned_data
        try:
            subscription.change_plan(
                actor=cast(User, request.user),
                portal=found,
                version=data["version"],
                period=Period(data["period"]),
                reason=data["reason"],
                expected=data["expected"],
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            return _done(request, found, _("The plan is “%(plan)s” now.") % {"plan": data["version"].title})
    return _page(request, found, 422, plan_form=form)


@screen(permission=CONSOLE, methods=("POST",))
def trial(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Give the portal a longer trial, or another one."""
    found, form = portal_by_id(portal_id), TrialForm(request.POST, auto_id="trial_%s")
    if form.is_valid():
        until = datetime.combine(form.cleaned_data["until"], time.max, UTC)
        try:
            subscription.extend_trial(
                actor=cast(User, request.user), portal=found, until=until, reason=form.cleaned_data["reason"]
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            return _done(request, found, _("The trial is longer now."))
    return _page(request, found, 422, trial_form=form)


@screen(permission=CONSOLE, methods=("POST",))
def override(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Make or end an exception to the plan."""
    found, actor = portal_by_id(portal_id), cast(User, request.user)
    if ended := request.POST.get("withdraw"):
        overrides.withdraw_override(actor=actor, portal=found, key=ended)
        return _done(request, found, _("The exception has ended."))
    form = OverrideForm(request.POST, auto_id="override_%s")
    if form.is_valid():
        data = form.cleaned_data
        common = {
            "actor": actor,
            "portal": found,
            "reason": data["reason"],
            "expires_at": datetime.combine(data["expires"], time.max, UTC) if data["expires"] else None,
        }
        try:
            if any(item.key == data["key"] for item in registry.limits):
                overrides.override_limit(**common, limit=data["key"], maximum=data["value"])
            else:
                overrides.override_feature(**common, feature=data["key"], included=data["value"])
        except PortalError as error:
            form_errors(form, error)
        else:
            return _done(request, found, _("The exception counts from now on."))
    return _page(request, found, 422, override_form=form)


@screen(permission=CONSOLE, methods=("POST",))
def dead_letter(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Repeat or give up an event that could not be delivered."""
    found, actor = portal_by_id(portal_id), cast(User, request.user)
    number = whole_number(request.POST.get("delivery"))
    if number is None:
        raise Invalid
    if request.POST.get("do") == "retry":
        retry_dead_letter(actor=actor, portal=found, delivery_id=number)
        return _done(request, found, _("It is tried again."))
    discard_dead_letter(actor=actor, portal=found, delivery_id=number)
    return _done(request, found, _("It is given up."))


@screen(permission=CONSOLE, methods=("POST",))
def ask_for_access(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Ask the owners to be let in."""
    found, form = portal_by_id(portal_id), ReasonForm(request.POST, auto_id="support_%s")
    if form.is_valid():
        try:
            support.ask_for_access(actor=cast(User, request.user), portal=found, reason=form.cleaned_data["reason"])
        except PortalError as error:
            form_errors(form, error)
        else:
            return _done(request, found, _("The owner is asked."))
    return _page(request, found, 422, support_form=form)


@screen(permission=CONSOLE, methods=("POST",))
@never_cache
@to_portals
def enter_portal(request: HttpRequest, portal_id: int) -> HttpResponse:
    """Walk into the portal, where its owner has opened it."""
    found = portal_by_id(portal_id)
    ticket = support.issue_ticket(actor=cast(User, request.user), portal=found)
    return HttpResponseRedirect(f"{found.url}/support/enter/{ticket}/")
