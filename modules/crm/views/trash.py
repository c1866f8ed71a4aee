"""Deleted leads, and the way back."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.api.keyset import page_of
from infra.kit.access import Actor
from infra.kit.screens import screen
from modules.crm.domain.access import DELETE, visible_trash
from modules.crm.domain.queries import KEPT_IN_TRASH


@screen(DELETE)
def trash(request: HttpRequest) -> HttpResponse:
    """The trash, latest first."""
    rows = visible_trash(cast(Actor, request.user)).select_related("stage", "responsible").defer("search", "marks")
    page = page_of(rows, ("-deleted_at", "-id"), after=request.GET.get("after", ""), limit=50)
    context = {"leads": page.rows, "after": page.after, "days": KEPT_IN_TRASH.days}
    return render(request, "crm/trash.html", context)
