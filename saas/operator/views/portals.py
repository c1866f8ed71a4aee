"""All portals of the service."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from saas.operator.domain.overview import portals_with_use
from saas.operator.domain.support import CONSOLE
from tenants.portals.models import Portal

_TONES = {"trial": "info", "active": "success", "read_only": "warning", "suspended": "danger", "closing": "warning"}


def _plan(portal: Any) -> str:
    subscription = getattr(portal, "subscription", None)
    return subscription.version.title if subscription is not None else ""


class PortalList(ListScreen[Portal]):
    """Who is on the service, with plan, usage (as of the last count) and last activity."""

    key = "operator.portals"
    title = _("Portals")
    template_name = "operator/portals.html"
    columns = (
        Column("name", _("Company"), link=True, fixed=True),
        Column("slug", _("Address")),
        Column(
            "status",
            _("Status"),
            kind="badge",
            value=lambda row: row.get_status_display(),
            tone=lambda row: _TONES.get(row.status, "neutral"),
        ),
        Column("plan", _("Plan"), value=_plan),
        Column("people", _("People"), kind="number", value=lambda row: row.people_used),
        Column("disk", _("Disk, MB"), kind="number", value=lambda row: (row.disk_used or 0) // 2**20),
        Column(
            "active_at",
            _("Last activity"),
            kind="moment",
            value=lambda row: getattr(getattr(row, "subscription", None), "active_at", None),
        ),
        Column("asked", _("Asks for"), kind="badge", value=lambda row: row.asked_plan or "", tone=lambda row: "accent"),
        Column("created_at", _("Registered"), kind="moment", order="created_at"),
    )
    orders = (Order("-created_at", _("Newest first")), Order("name", _("By name")))
    searchable = True
    search_hint = _("Company or address")
    opens_panel = False
    empty = Empty(icon="building", title=_("No portals yet"), text=_("Companies that register appear here."))

    def rows(self) -> QuerySet[Portal]:
        """All of them."""
        return portals_with_use()

    def search(self, rows: QuerySet[Portal], text: str) -> QuerySet[Portal]:
        """By company name or address."""
        return rows.filter(Q(name__icontains=text) | Q(slug__icontains=text) | Q(schema_name=text))

    def url_of(self, row: Portal) -> str:
        """The portal's page."""
        return reverse("operator:portal", args=[row.pk])


portal_list = screen(permission=CONSOLE, methods=("GET", "POST"))(PortalList.as_view())
