"""The tabs of "Plan and usage": one entry in the menu, several pages."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from infra.kit.access import Actor, may
from infra.kit.errors import Text


class Tab(NamedTuple):
    """One page beside the others, for people with the permission."""

    key: str
    title: Text
    url_name: str
    permission: str


TABS = (
    Tab("plan", _("Plan"), "billing:plan", "billing.plan.view"),
    Tab("usage", _("Usage"), "billing:usage", "billing.wallet.view"),
    Tab("wallet", _("Wallet"), "billing:wallet", "billing.wallet.view"),
    Tab("statement", _("Statement"), "billing:statement", "billing.wallet.view"),
    Tab("payments", _("Payments by card"), "billing:payments", "billing.plan.manage"),
    Tab("calls", _("Calls & prices"), "billing:calls", "rating.price.view"),
    Tab("invoices", _("Invoices"), "billing:invoices", "billing.wallet.view"),
)


def tabs_for(actor: Actor, active: str) -> list[dict[str, Any]]:
    """The tabs this person may open; none where there is only one."""
    found = [
        {"title": tab.title, "url": reverse(tab.url_name), "active": tab.key == active}
        for tab in TABS
        if may(actor, tab.permission)
    ]
    return found if len(found) > 1 else []
