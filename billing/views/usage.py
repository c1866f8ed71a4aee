"""What the company uses: each meter this month and day by day, by department, and the caps on it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.domain import meter
from billing.domain.amounts import meter_text
from billing.domain.wallet_settings import MANAGE, VIEW
from billing.forms import CapForm
from billing.models import MeterName
from infra.db.current import current_portal
from infra.kit.access import may
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui import formats
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from tenants.people.models import User

ICONS = {
    MeterName.MINUTES: "phone",
    MeterName.STORAGE: "database",
    MeterName.API_CALLS: "api",
    MeterName.LETTERS: "mail",
    MeterName.SMS: "message",
    MeterName.AI: "sparkles",
}


def _chosen(request: HttpRequest) -> MeterName:
    asked = request.GET.get("meter") or request.POST.get("meter") or MeterName.MINUTES.value
    return MeterName(asked) if asked in MeterName.values else MeterName.MINUTES


def _of(line: meter.MonthUse) -> str:
    if line.maximum is None:
        return ""
    return _("of %(maximum)s this month") % {"maximum": meter_text(line.maximum, line.meter)}


def _page(request: HttpRequest, status: int = 200, **bound: Any) -> HttpResponse:
    portal, chosen, today = current_portal(), _chosen(request), datetime.now(UTC).date()
    lines = meter.month_use(portal.id, today)
    names = meter.department_names()
    days = meter.history(portal.id, chosen, today)
    highest = max((quantity for _day, quantity in days), default=Decimal(0))
    company = next(line for line in lines if line.meter == chosen and not line.department_id)
    context = {
        "meters": [
            {
                "title": line.meter.label,
                "icon": ICONS[line.meter],
                "value": meter_text(line.quantity, line.meter),
                "url": f"{reverse('billing:usage')}?meter={line.meter.value}#history",
                "active": line.meter == chosen,
                "maximum": line.maximum,
                "note": _of(line),
            }
            for line in lines
            if not line.department_id
        ],
        "chosen": chosen,
        "days": [
            {
                "day": formats.day(day),
                "value": meter_text(quantity, chosen),
                "x": place * 10,
                "height": int(quantity * 58 / highest) if highest else 0,
                "y": 60 - (int(quantity * 58 / highest) if highest else 0),
            }
            for place, (day, quantity) in enumerate(days)
        ],
        "used": highest > 0,
        "company": company,
        "departments": [
            {
                "name": names.get(line.department_id, _("A removed department")),
                "line": line,
                "value": meter_text(line.quantity, chosen),
                "cap": "" if line.maximum is None else meter_text(line.maximum, chosen),
            }
            for line in lines
            if line.meter == chosen and line.department_id
        ],
        "company_cap": "" if company.maximum is None else meter_text(company.maximum, chosen),
        "may_cap": chosen in meter.CAPPED and may(cast(User, request.user), MANAGE),
        "cap_form": CapForm(departments=names, initial={"meter": chosen.value}),
        **bound,
    }
    return render(request, "billing/usage.html", context, status=status)


@screen(permission=VIEW)
def usage(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


@screen(permission=MANAGE, methods=("POST",))
def cap(request: HttpRequest) -> HttpResponse:
    """Set or take away a cap."""
    chosen = _chosen(request)
    if chosen not in meter.CAPPED or whole_number(request.POST.get("department") or "0") is None:
        raise Invalid
    form = CapForm(request.POST, departments=meter.department_names())
    if form.is_valid():
        try:
            meter.set_cap(
                actor=cast(User, request.user),
                meter=chosen,
                maximum=form.cleaned_data["maximum"],
                department_id=int(form.cleaned_data["department"]),
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect(f"{reverse('billing:usage')}?meter={chosen.value}#history")
    return _page(request, 422, cap_form=form)
