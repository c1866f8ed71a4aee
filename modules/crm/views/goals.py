"""The plan: goals of a year, a line per person, a column per month."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui import formats
from infra.ui.toasts import toast
from modules.crm.domain.goal import MANAGE, field_of, goal_years, goals_of, lanes, set_goals
from modules.crm.domain.money import number_typed
from modules.crm.domain.people import sellers
from modules.crm.domain.selling.exchange import base_currency
from modules.crm.views.asking import actor_of, optional_number

_MONTHS = range(1, 13)


@screen(MANAGE, methods=("GET", "POST"))
def goals(request: HttpRequest) -> HttpResponseBase:
    """See and enter what is planned."""
    today = timezone.localdate()
    asked = optional_number(request.GET.get("year", ""))
    year = asked if asked in goal_years(today) else today.year
    pipelines = lanes()
    pipeline = next((lane for lane in pipelines if str(lane.pk) == request.GET.get("pipeline", "")), None)
    people: list[Any] = [None, *sellers()]
    wrong: dict[str, list[str]] = {}
    if request.method == "POST":
        typed = {
            (person.pk if person else None, month): request.POST[name]
            for person in people
            for month in _MONTHS
            if (name := field_of(person.pk if person else None, month)) in request.POST
        }
        try:
            set_goals(actor=actor_of(request), year=year, pipeline=pipeline, amounts=typed)
        except Invalid as error:
            wrong = dict(error.fields)
        else:
            toast(request, _("The plan is saved."))
            return redirect(_address(year, pipeline))
    kept = goals_of(year, pipeline)
    context = {
        "rows": [_row(request, person, kept, wrong) for person in people],
        "months": [str(formats.current_locale().months["stand-alone"]["abbreviated"][month]) for month in _MONTHS],
        "years": [
            {"title": str(one), "url": _address(one, pipeline), "active": one == year} for one in goal_years(today)
        ],
        "lanes": [
            {
                "title": lane.title if lane else _("All pipelines"),
                "url": _address(year, lane),
                "active": lane == pipeline,
            }
            for lane in [None, *pipelines]
        ],
        "currency": base_currency(),
        "wrong": wrong,
        "year": year,
    }
    return render(request, "crm/reports/goals.html", context, status=422 if wrong else 200)


def _address(year: int, pipeline: Any) -> str:
    tail = f"&pipeline={pipeline.pk}" if pipeline else ""
    return f"{reverse('crm:goals')}?year={year}{tail}"


def _row(request: HttpRequest, person: Any, kept: dict[Any, Decimal], wrong: dict[str, list[str]]) -> dict[str, Any]:
    pk = person.pk if person else None
    cells = []
    for month in _MONTHS:
        name, amount = field_of(pk, month), kept.get((pk, month))
        text = "" if amount is None else number_typed(amount)
        cells.append({"name": name, "value": request.POST.get(name, text), "wrong": wrong.get(name, [])})
    total = sum((kept.get((pk, month), Decimal(0)) for month in _MONTHS), Decimal(0))
    return {"person": person, "cells": cells, "total": total}
