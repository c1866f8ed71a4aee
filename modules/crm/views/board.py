"""The board of leads."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.api.keyset import page_of
from infra.kit.access import Actor
from infra.kit.screens import screen
from modules.crm.domain.access import VIEW
from modules.crm.domain.queries import lead_rows


@screen(VIEW)
def lead_board(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    page = page_of(
        lead_rows(cast(Actor, request.user)), ("-created_at", "-id"), after=request.GET.get("after", ""), limit=50
    )
    return render(request, "crm/leads.html", {"leads": page.rows, "after": page.after})
