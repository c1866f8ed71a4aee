"""What the house learns about plans and usage."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from billing.contracts import AdjustmentAsked, LedgerDiffers, PaymentDisputed, PlanAsked
from infra.kit.spec import ModuleSpec, Permission, Schedule, Scope, SettingsGroup, SettingsPage, Widget

_STAFF = {"owner": Scope.ALL, "administrator": Scope.ALL}

spec = ModuleSpec(
    slug="billing",
    title=_("Plan and usage"),
    icon="credit-card",
    description=_("What the company's plan gives, and what is used of it."),
    order=90,
    always_on=True,
    permissions=(
        Permission(
            key="billing.plan.view",
            title=_("See the plan and what is used of it"),
            defaults={**_STAFF, "employee": Scope.ALL},
        ),
        Permission(key="billing.wallet.view", title=_("See the wallet, its statement and invoices"), defaults=_STAFF),
        Permission(
            key="billing.wallet.manage", title=_("Top up the wallet, set caps, change requisites"), defaults=_STAFF
        ),
        Permission(key="billing.plan.manage", title=_("Change the plan, pay, see invoices"), defaults=_STAFF),
    ),
    portal_urls="billing.urls",
    public_urls="billing.urls_public",
    rest="billing.rest.routes",
    install="billing.domain.installing.install",
    schedules=(
        Schedule(key="billing.end_trials", task="billing.end_trials", every=timedelta(minutes=10), per_portal=False),
        Schedule(key="billing.expire_holds", task="billing.expire_holds", every=timedelta(minutes=1), per_portal=False),
        Schedule(
            key="billing.look_after_wallets",
            task="billing.look_after_wallets",
            every=timedelta(hours=1),
            per_portal=False,
        ),
        Schedule(
            key="billing.issue_invoices", task="billing.issue_invoices", every=timedelta(hours=6), per_portal=False
        ),
        Schedule(key="billing.check_ledger", task="billing.check_ledger", every=timedelta(days=1), per_portal=False),
        *(
            Schedule(key=f"billing.{name}", task=f"billing.{name}", every=every, per_portal=False)
            for name, every in (
                ("apply_events", timedelta(minutes=1)),
                ("remind_unpaid", timedelta(minutes=10)),
                ("reconcile", timedelta(days=1)),
                ("sync_prices", timedelta(days=1)),
                ("mirror_usage", timedelta(minutes=10)),
            )
        ),
        Schedule(key="billing.review_usage", task="billing.review_usage", every=timedelta(hours=1)),
    ),
    publishes=(PlanAsked, AdjustmentAsked, LedgerDiffers, PaymentDisputed),
    widgets=(
        Widget(
            key="billing.use",
            title=_("Plan and usage"),
            template="billing/widgets/use.html",
            context="billing.views.widget.plan_use",
            permission="billing.plan.manage",
            order=80,
        ),
    ),
    actions={
        "billing.plan.ask": _("Another plan asked for"),
        "billing.plan.change": _("Plan changed"),
        "billing.plan.plan": _("Another plan chosen"),
        "billing.plan.add": _("Plan added to the catalogue"),
        "billing.plan.sale": _("Sale of a plan changed"),
        "billing.plan.keep": _("Plan kept as it is"),
        "billing.checkout.open": _("Sent to pay"),
        "billing.payment.fail": _("A payment did not go through"),
        "billing.payment.arrive": _("A missing payment has arrived"),
        "billing.payment.refund": _("Money given back"),
        "billing.dispute.settle": _("Disputed payment settled otherwise"),
        "billing.tax_id.change": _("Tax number changed"),
        "billing.override.grant": _("Own limit granted"),
        "billing.override.withdraw": _("Own limit ended"),
        "billing.wallet.notice": _("Low-balance notice changed"),
        "billing.wallet.auto": _("Automatic top-up changed"),
        "billing.wallet.adjust": _("Wallet corrected by the service"),
        "billing.wallet.credit": _("Credit limit changed"),
        "billing.cap.change": _("Cap of a meter changed"),
        "billing.requisites.change": _("Requisites changed"),
        "billing.invoice.ask": _("Invoice for a bank transfer asked for"),
        "billing.invoice.paid": _("Invoice paid"),
    },
    settings_pages=(
        SettingsPage(
            key="billing.plan",
            title=_("Plan and usage"),
            icon="credit-card",
            url_name="billing:plan",
            permission="billing.plan.view",
            note=_("What the plan gives, what is used of it, other plans."),
            group=SettingsGroup.COMPANY,
            order=10,
        ),
    ),
)
