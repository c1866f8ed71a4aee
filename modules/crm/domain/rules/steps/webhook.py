"""Tell another program about the record, through a webhook of the portal: signed, checked, repeated, in its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5

import orjson
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid
from infra.webhooks.domain.hooks import tell
from infra.webhooks.models import Webhook
from modules.crm.domain import shaping
from modules.crm.domain.kinds import Kind, field_map
from modules.crm.domain.rules.acting import Situation
from modules.crm.domain.rules.steps.base import Step
from modules.crm.domain.rules.triggers import whole

EVENT = "crm.rule"
_MESSAGES = UUID("0f6f0d0e-5f0a-4c37-8a57-2f2b1f1f8c55")


def webhook_choices() -> list[tuple[str, str]]:
    """The portal's webhooks: id and name."""
    return [(str(hook.pk), hook.name) for hook in Webhook.objects.order_by("name", "id")]


class CallWebhook(Step):
    key = "webhook"
    title = gettext_lazy("tell another program")
    icon = "webhook"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`webhook`: the id of one of the portal's webhooks."""
        pk = whole("webhook", raw.get("webhook"))
        if not Webhook.objects.filter(pk=pk).exists():
            raise Invalid(fields={"webhook": [_("Choose one of the list.")]})
        return {"webhook": pk}

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """Put a message on its way with the record's values by field key; its log is that of the webhook."""
        hook = Webhook.objects.filter(pk=settings["webhook"]).first()
        if hook is None or hook.paused_at is not None:
            raise Invalid(_("The webhook is gone or paused. Look at it under Settings, then try again."))
        values = shaping.state_of(now.kind, now.record, field_map(now.kind))
        data = {
            "rule": {"id": now.rule.pk, "name": now.rule.name},
            "record": f"{now.record.kind}:{now.record.pk}",
            "title": str(now.record),
            "responsible": now.record.responsible_id,
            "stage": getattr(now.record, "stage_id", None),
            "values": orjson.loads(orjson.dumps(values, default=str)),
        }
        tell(webhook=hook, event=EVENT, data=data, message_id=uuid5(_MESSAGES, now.key))
        return _("“%(name)s” is told.") % {"name": hook.name}
