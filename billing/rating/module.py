"""What the house learns about calls and their prices."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from billing.contracts import RecordsDiffer
from infra.kit.spec import (
    Limit,
    Mode,
    ModuleSpec,
    Permission,
    Schedule,
    Scope,
    SettingsGroup,
    SettingsPage,
    StoredFiles,
    Subscription,
)
from tenants.people.contracts import PersonDeactivated, RightsChanged

_STAFF = {"owner": Scope.ALL, "administrator": Scope.ALL}

spec = ModuleSpec(
    slug="rating",
    title=_("Calls & prices"),
    icon="phone",
    description=_("What calls cost, and what keeps them from costing too much."),
    order=91,
    always_on=True,
    permissions=(
        Permission(key="rating.price.view", title=_("See prices of calls"), defaults={**_STAFF, "employee": Scope.ALL}),
        Permission(key="rating.call.view", title=_("See all calls and their cost"), defaults=_STAFF),
        Permission(
            key="rating.protection.manage", title=_("Set the protection of calls"), defaults={"owner": Scope.ALL}
        ),
        Permission(key="rating.device.manage", title=_("Manage telephones"), defaults=_STAFF),
    ),
    limits=(
        Limit(
            key="rating.minutes",
            title=_("Included minutes a month"),
            unit="minutes",
            refusal=_("The plan {plan} includes {maximum} a month."),
            rate=True,
        ),
        Limit(
            key="rating.channels",
            title=_("Calls at once"),
            unit="calls",
            refusal=_("The plan {plan} allows {maximum} at once."),
            rate=True,
        ),
        Limit(
            key="rating.numbers",
            title=_("Telephone numbers"),
            unit="numbers",
            refusal=_("The plan {plan} has {maximum} telephone numbers."),
            count="billing.rating.domain.dids.count_numbers",
            touched="billing.rating.domain.dids.numbers_over",
        ),
    ),
    stored_files=(
        StoredFiles(key="rating.decks", in_use="billing.rating.domain.decks.decks_in_use", counted=False),
        StoredFiles(key="rating.records", in_use="billing.rating.domain.imports.records_in_use", counted=False),
    ),
    public_urls="billing.rating.urls_switch",
    rest="billing.rating.rest.routes",
    demo="billing.rating.demo.demo",
    schedules=(
        Schedule(key="rating.reap", task="rating.reap", every=timedelta(minutes=1), per_portal=False),
        Schedule(
            key="rating.heal_alerts",
            task="rating.heal_alerts",
            every=timedelta(seconds=30),
            per_portal=False,
        ),
        Schedule(
            key="rating.forget",
            task="rating.forget_erased_portals",
            every=timedelta(days=1),
            per_portal=False,
        ),
    ),
    publishes=(RecordsDiffer,),
    handles=(
        Subscription(event=RightsChanged.name, handler="billing.rating.receivers.rights_changed", mode=Mode.INLINE),
        Subscription(event=PersonDeactivated.name, handler="billing.rating.receivers.person_left", mode=Mode.INLINE),
    ),
    erase="billing.rating.domain.forgetting.forget_person",
    actions={
        "rating.deck.upload": _("Rate deck uploaded"),
        "rating.deck.activate": _("Rate deck activated"),
        "rating.deck.withdraw": _("Rate deck withdrawn"),
        "rating.markup.set": _("Mark-up on calls set"),
        "rating.own_rate.set": _("Own price of calls agreed"),
        "rating.own_rate.end": _("Own price of calls ended"),
        "rating.protection.set": _("Protection of calls changed"),
        "rating.calls.stop": _("Calls stopped"),
        "rating.calls.resume": _("Calls allowed again"),
        "rating.device.add": _("Telephone added"),
        "rating.device.secret": _("Telephone's secret renewed"),
        "rating.device.on": _("Telephone switched on"),
        "rating.device.off": _("Telephone switched off"),
        "rating.number.prove": _("Caller ID proven"),
        "rating.number.withdraw": _("Caller ID taken back"),
        "rating.did.give": _("Telephone number given"),
        "rating.did.price": _("Price of incoming calls changed"),
        "rating.did.withdraw": _("Telephone number taken back"),
        "rating.pack.give": _("Included minutes given"),
        "rating.pack.buy": _("Minutes bought from the wallet"),
        "rating.calls.rerate": _("Calls rated again"),
        "rating.calls.import": _("Call records imported"),
    },
    settings_pages=(
        SettingsPage(
            key="rating.protection",
            title=_("Protection of calls"),
            icon="shield-check",
            url_name="billing:protection",
            permission="rating.protection.manage",
            note=_("Which countries may be called, caps, alarms."),
            group=SettingsGroup.COMPANY,
            order=12,
        ),
        SettingsPage(
            key="rating.devices",
            title=_("Telephones"),
            icon="device-landline-phone",
            url_name="billing:devices",
            permission="rating.device.manage",
            note=_("SIP users, each with a secret of its own."),
            group=SettingsGroup.COMPANY,
            order=13,
        ),
    ),
)
