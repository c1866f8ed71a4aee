"""Records in a panel over a list: one URL, one template, shown beside the list or as a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from infra.kit.errors import Text
from infra.ui.toasts import toast as show_toast


def in_panel(request: HttpRequest) -> bool:
    """Whether the answer goes into the panel (the browser says so in a header), not onto a page of its own."""
    return request.headers.get("UI-Panel") == "1"


def render_panel(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    back: str = "/",
    back_text: Text = "",
    status: int = 200,
) -> HttpResponse:
    """Render `template`, which extends `panel_base`. `back` is what a page of its own links to: the list, or what
    `back_text` names."""
    base = "ui/panel.html" if in_panel(request) else "ui/record.html"
    around = {"panel_base": base, "panel_back": back, "panel_back_text": back_text}
    response = render(request, template, {**(context or {}), **around}, status=status)
    response.headers["Vary"] = "UI-Panel, HX-Request"
    return response


def refresh(request: HttpRequest, *, toast: Text = "", fallback: str = "") -> HttpResponse:
    """After a change inside a panel: fetch the panel and the list under it again. A plain request is led back."""
    if toast:
        show_toast(request, toast)
    if in_panel(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "panel-refresh"})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(fallback or request.path)


def close(request: HttpRequest, *, toast: Text = "", fallback: str = "/") -> HttpResponse:
    """Close the panel and refresh the list under it. A plain request is led to `fallback`."""
    if toast:
        show_toast(request, toast)
    if in_panel(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "panel-close"})
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": fallback})
    return HttpResponseRedirect(fallback)
