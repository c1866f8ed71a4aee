"""Deleted records, and the way back."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.api.keyset import page_of
from modules.crm.domain.access import visible_deleted
from modules.crm.domain.kinds import Kind
from modules.crm.domain.queries import KEPT_IN_TRASH, unshown
from modules.crm.views.asking import actor_of


def trash(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The trash, latest first."""
    joined = ["responsible", *(["stage"] if kind.staged else [])]
    rows = visible_deleted(actor_of(request), kind).select_related(*joined).defer(*unshown(kind))
    page = page_of(rows, ("-deleted_at", "-id"), after=request.GET.get("after", ""), limit=50)
    context = {
        "rows": page.rows,
        "after": page.after,
        "days": KEPT_IN_TRASH.days,
        "kind": kind,
    }
    return render(request, "crm/trash.html", context)
