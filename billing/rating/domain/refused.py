"""Why a call may not start."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import PortalError, Text, WayOut

CALLS_PAGE = "/billing/calls/"
PROTECTION_PAGE = "/billing/calls/protection/"
WALLET_PAGE = "/billing/wallet/"

REASONS: dict[str, tuple[int, Text, Text, str]] = {
    "bad_number": (400, _("This is no telephone number."), "", ""),
    "unknown_prefix": (403, _("There is no price for this number, so it cannot be called."), "", ""),
    "international": (
        403,
        _("Calls to other countries are switched off."),
        _("An owner with two-step sign-in can switch them on."),
        PROTECTION_PAGE,
    ),
    "premium": (
        403,
        _("Calls to premium and satellite numbers are switched off."),
        _("An owner with two-step sign-in can switch them on."),
        PROTECTION_PAGE,
    ),
    "price_cap": (
        403,
        _("A minute to this number costs more than your cap."),
        _("An owner can raise the cap."),
        PROTECTION_PAGE,
    ),
    "below_margin": (403, _("This destination cannot be called at the moment."), "", ""),
    "no_funds": (
        402,
        _("There is not enough money in the wallet for this call."),
        _("Top up the wallet."),
        WALLET_PAGE,
    ),
    "concurrent_cap": (
        429,
        _("As many calls as allowed are running."),
        _("Wait until one ends, or raise the cap."),
        PROTECTION_PAGE,
    ),
    "rate_cap": (429, _("Too many calls within a minute."), _("Wait a moment, or raise the cap."), PROTECTION_PAGE),
    "spend_cap": (
        402,
        _("Today's cap on spending for calls is reached."),
        _("Calls go on tomorrow, or when an owner raises the cap."),
        PROTECTION_PAGE,
    ),
    "minutes_cap": (
        402,
        _("This month's cap on minutes is reached."),
        _("An owner or administrator can raise the cap."),
        "/billing/usage/",
    ),
    "machine_abroad": (
        403,
        _("Callbacks, voice menus and codes call plain numbers of your own country alone."),
        _("An owner with two-step sign-in can open other countries to them."),
        PROTECTION_PAGE,
    ),
    "number_cap": (429, _("This number was called too often within an hour."), _("Wait an hour."), ""),
    "prefix_cap": (
        429,
        _("Too many calls to one range of numbers within ten minutes."),
        _("Wait ten minutes."),
        PROTECTION_PAGE,
    ),
    "unknown_number": (404, _("Nobody here has the number that was called."), "", ""),
    "stopped": (
        403,
        _("Calls are stopped, because something looked like fraud."),
        _("An owner can look at it and let calls start again."),
        PROTECTION_PAGE,
    ),
    "portal_closed": (403, _("This portal is closed for calls."), "", ""),
    "device_off": (403, _("This device is switched off or unknown."), "", ""),
    "call_over": (409, _("This call is over."), "", ""),
}
"""Code → HTTP status, sentence, way out, page."""


class CallRefused(PortalError):
    """A call that may not start; `code` is one of REASONS."""

    def __init__(self, code: str, **extra: Any) -> None:
        status, text, way_out, url = REASONS[code]
        super().__init__(
            text, code=code, way_out=WayOut(text=way_out, url=url, ask="owner") if way_out else None, **extra
        )
        self.status = status
