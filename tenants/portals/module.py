"""What the house learns about portals."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import Limit, ModuleSpec, Permission, Schedule, Scope, SettingsPage

_STAFF = {"owner": Scope.ALL, "administrator": Scope.ALL}

spec = ModuleSpec(
    slug="portals",
    title=_("Portal"),
    icon="building",
    description=_("The company's name, address and domains."),
    order=90,
    always_on=True,
    permissions=(
        Permission(key="portals.settings.manage", title=_("Change the company's settings"), defaults=_STAFF),
        Permission(key="portals.domain.manage", title=_("Change the address and own domains"), defaults=_STAFF),
        Permission(key="portals.portal.close", title=_("Close the portal"), defaults={"owner": Scope.ALL}),
    ),
    limits=(
        Limit(
            key="portals.disk_bytes",
            title=_("Disk"),
            unit="bytes",
            refusal=_("The {plan} plan has {maximum} of disk space."),
        ),
        Limit(
            key="portals.domains",
            title=_("Own domains"),
            unit="domains",
            refusal=_("The {plan} plan has {maximum} own domains."),
            count="tenants.portals.domain.custom_domain.claimed_domains",
        ),
    ),
    portal_urls="tenants.portals.urls",
    public_urls="tenants.portals.urls_public",
    rest="tenants.portals.rest.routes",
    schedules=(
        Schedule(key="portals.pool", task="portals.fill_pool", every=timedelta(minutes=1), per_portal=False),
        Schedule(key="portals.erase", task="portals.erase_due", every=timedelta(hours=1), per_portal=False),
        Schedule(key="portals.domains", task="portals.recheck_domains", every=timedelta(hours=1), per_portal=False),
    ),
    settings_pages=(
        SettingsPage(
            key="portals.company",
            title=_("Company"),
            icon="building",
            url_name="portals:company",
            permission="portals.settings.manage",
            order=10,
        ),
        SettingsPage(
            key="portals.address",
            title=_("Address and domains"),
            icon="world",
            url_name="portals:address",
            permission="portals.domain.manage",
            order=15,
        ),
        SettingsPage(
            key="portals.closing",
            title=_("Close the portal"),
            icon="door-exit",
            url_name="portals:closing",
            permission="portals.portal.close",
            order=990,
        ),
    ),
)
