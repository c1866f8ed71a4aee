"""The first page of the portal's settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from infra.kit.screens import screen
from infra.kit.spec import SettingsGroup
from infra.ui.context import Shell

_TITLES = {
    SettingsGroup.COMPANY: _("Company"),
    SettingsGroup.PEOPLE: _("People"),
    SettingsGroup.WORK: _("Work"),
    SettingsGroup.TECHNICAL: _("Programs and safety"),
}


@screen(None)
def settings_index(request: HttpRequest) -> HttpResponse:
    groups = [{"title": _TITLES[group], "links": links} for group, links in Shell(request).settings_groups]
    return render(request, "ui/pages/settings.html", {"groups": groups})
