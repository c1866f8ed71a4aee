"""What the house learns about webhooks."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import (
    Limit,
    Mode,
    ModuleSpec,
    Permission,
    Schedule,
    Scope,
    SettingsGroup,
    SettingsPage,
    Subscription,
)

spec = ModuleSpec(
    slug="webhooks",
    title=_("Webhooks"),
    icon="webhook",
    description=_("Other programs are told what happens in the portal."),
    order=910,
    always_on=True,
    portal_urls="infra.webhooks.urls",
    rest="infra.webhooks.rest",
    permissions=(
        Permission(
            key="webhooks.webhook.manage",
            title=_("Set up webhooks"),
            defaults={"owner": Scope.ALL, "administrator": Scope.ALL},
        ),
    ),
    limits=(
        Limit(
            key="webhooks.webhooks",
            title=_("Webhooks"),
            unit="webhooks",
            refusal=_("The {plan} plan has {maximum} webhooks."),
            count="infra.webhooks.domain.hooks.count_webhooks",
            touched="infra.webhooks.domain.hooks.webhooks_over",
        ),
    ),
    handles=(
        Subscription(
            event="*",
            handler="infra.webhooks.receivers.fan_out",
            mode=Mode.WORKER,
            wanted="infra.webhooks.domain.listening.wanted",
        ),
    ),
    schedules=(
        Schedule(key="webhooks.due", task="webhooks.send_due", every=timedelta(seconds=5), per_portal=False),
        Schedule(key="webhooks.prune", task="webhooks.prune", every=timedelta(days=1)),
    ),
    actions={
        "webhook.create": _("Webhook added"),
        "webhook.edit": _("Webhook changed"),
        "webhook.renew": _("Webhook's secret renewed"),
        "webhook.pause": _("Webhook paused"),
        "webhook.resume": _("Webhook resumed"),
        "webhook.delete": _("Webhook removed"),
        "webhook.replay": _("Message of a webhook sent again"),
    },
    settings_pages=(
        SettingsPage(
            key="webhooks.webhooks",
            title=_("Webhooks"),
            icon="webhook",
            url_name="webhooks:webhooks",
            permission="webhooks.webhook.manage",
            note=_("Tell other programs at once what happens here."),
            group=SettingsGroup.TECHNICAL,
            order=710,
        ),
    ),
    export=("webhooks.Webhook", "webhooks.Message"),
    erase="infra.webhooks.domain.people.erase_person",
)
