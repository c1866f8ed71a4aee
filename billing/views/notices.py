"""What every page of a portal says about its plan: a trial that ends soon, a plan that is too small."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from billing.domain import memory
from infra.db.current import current_schema
from infra.kit.access import may
from infra.ui import formats
from infra.ui.actors import actor_of

SOON = timedelta(days=7)


def notices(request: HttpRequest) -> Sequence[dict[str, Any]]:
    """Lines for people who may see the plan; answered from memory."""
    if not may(actor_of(request), "billing.plan.view"):
        return []
    rights = memory.entitlements(current_schema())
    page = {"url": reverse("billing:plan"), "action": _("Plan and usage")}
    if rights.read_only_from is not None:
        if datetime.now(UTC) >= rights.read_only_from:
            return [{"text": _("The portal uses more than its plan gives, so it can only be read."), **page}]
        text = _("The portal uses more than its plan gives. From %(day)s it can only be read.")
        return [{"text": text % {"day": formats.day(rights.read_only_from)}, **page}]
    if rights.trial_ends_at is not None:
        left = rights.trial_ends_at - datetime.now(UTC)
        if left < SOON:
            days = max(left.days + 1, 1)
            text = ngettext("%(count)d day of the trial left.", "%(count)d days of the trial left.", days)
            return [{"text": text % {"count": days}, **page}]
    return []
