"""Words for what is kept as codes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Text

ROUTES: dict[str, Text] = {
    "standard": _("ordinary number"),
    "mobile": _("mobile number"),
    "toll_free": _("toll-free number"),
    "premium": _("premium number"),
    "satellite": _("satellite"),
    "emergency": _("emergency number"),
    "inbound": _("incoming call"),
}
STATE_TONES = {
    "authorized": "info",
    "ringing": "info",
    "answered": "accent",
    "settled": "success",
    "dropped": "neutral",
}
