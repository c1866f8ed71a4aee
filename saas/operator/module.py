"""What the house learns about the operator's console and about support access."""

from django.utils.translation import gettext_lazy as _

from billing.contracts import AdjustmentAsked, LedgerDiffers, PaymentDisputed, PlanAsked, RecordsDiffer
from infra.kit.spec import Mode, ModuleSpec, NavEntry, Permission, Scope, SettingsGroup, SettingsPage, Subscription

spec = ModuleSpec(
    slug="operator",
    title=_("Operator"),
    icon="server",
    description=_("The console of whoever runs the service, and the door for its support."),
    order=95,
    always_on=True,
    nav=(
        NavEntry(
            key="operator.console",
            title=_("Operator console"),
            icon="server",
            url_name="operator:portals",
            order=95,
            permission="operator.console.use",
        ),
    ),
    permissions=(
        Permission(
            key="operator.console.use",
            title=_("Use the operator console"),
            defaults={"owner": Scope.ALL},
            operator_only=True,
        ),
        Permission(key="operator.support.grant", title=_("Let support in"), defaults={"owner": Scope.ALL}),
    ),
    portal_urls="saas.operator.urls",
    handles=(
        Subscription(event=PlanAsked.name, handler="saas.operator.receivers.plan_asked", mode=Mode.WORKER),
        Subscription(event=LedgerDiffers.name, handler="saas.operator.receivers.ledger_differs", mode=Mode.WORKER),
        Subscription(event=PaymentDisputed.name, handler="saas.operator.receivers.payment_disputed", mode=Mode.WORKER),
        Subscription(event=RecordsDiffer.name, handler="saas.operator.receivers.records_differ", mode=Mode.WORKER),
        Subscription(event=AdjustmentAsked.name, handler="saas.operator.receivers.adjustment_asked", mode=Mode.WORKER),
    ),
    actions={
        "table.change": _("Shared table changed"),
        "support.ask": _("Support asked for access"),
        "support.grant": _("Support let in"),
        "support.refuse": _("Support refused"),
        "support.revoke": _("Support access ended"),
        "support.enter": _("Support entered"),
        "support.request": _("Done by support"),
    },
    settings_pages=(
        SettingsPage(
            key="operator.support",
            title=_("Support access"),
            icon="lifebuoy",
            url_name="operator:support",
            permission="operator.support.grant",
            note=_("Let the service look into the portal, for a while."),
            group=SettingsGroup.TECHNICAL,
            order=90,
        ),
    ),
)
