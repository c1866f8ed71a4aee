"""What this room tells the house."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Permission, Schedule, Scope, SettingsGroup, SettingsPage

spec = ModuleSpec(
    slug="outbox",
    title=_("Deliveries"),
    icon="mailbox",
    always_on=True,
    permissions=(
        Permission(
            key="outbox.delivery.manage",
            title=_("See and repeat failed deliveries"),
            defaults={"owner": Scope.ALL, "administrator": Scope.ALL},
        ),
    ),
    portal_urls="infra.outbox.urls",
    actions={
        "delivery.retry": _("Delivery tried again"),
        "delivery.discard": _("Delivery given up"),
    },
    settings_pages=(
        SettingsPage(
            key="outbox.deliveries",
            title=_("Failed deliveries"),
            icon="mailbox",
            url_name="outbox:deliveries",
            permission="outbox.delivery.manage",
            note=_("What could not be handed over, and a second try."),
            group=SettingsGroup.TECHNICAL,
            order=910,
        ),
    ),
    schedules=(
        Schedule(key="outbox.due", task="outbox.deliver_due", every=timedelta(seconds=5), per_portal=False),
        Schedule(key="outbox.sweep", task="outbox.sweep", every=timedelta(hours=1), per_portal=False),
        Schedule(key="outbox.prune", task="outbox.prune", every=timedelta(days=1)),
    ),
    export=("outbox.OutboxEvent", "outbox.Delivery"),
)
