"""Notifications: the bell, the list, reading them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from infra.kit.screens import screen
from infra.ui.actors import actor_of
from infra.ui.domain.notify import mark_read
from infra.ui.domain.queries import notification_of, notifications_of
from infra.ui.panels import refresh, render_panel

PAGE = 30


@screen(None)
def notifications(request: HttpRequest) -> HttpResponse:
    rows = notifications_of(actor_of(request))
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: PAGE + 1])
    more = page[PAGE - 1].pk if len(page) > PAGE else None
    context = {"notifications": page[:PAGE], "more": more}
    if before:
        return render(request, "ui/parts/notification_rows.html", context)
    return render_panel(request, "ui/pages/notifications.html", context)


@screen(None)
def bell(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/parts/bell.html")


@screen(None, methods=("POST",))
def read_all(request: HttpRequest) -> HttpResponse:
    mark_read(actor=actor_of(request))
    return refresh(request, fallback=reverse("ui:notifications"))


@screen(None)
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Open what a notification speaks of; that reads it."""
    row = notification_of(actor_of(request), pk)
    mark_read(actor=actor_of(request), ids=[row.pk])
    if row.url and url_has_allowed_host_and_scheme(row.url, allowed_hosts=None):
        return redirect(row.url)
    return redirect("ui:notifications")
