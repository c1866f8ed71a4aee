"""The first page of the portal's settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.kit.screens import screen


@screen(None)
def settings_index(request: HttpRequest) -> HttpResponse:
    return render(request, "ui/pages/settings.html")
