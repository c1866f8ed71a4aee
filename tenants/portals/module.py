"""What the house learns about portals."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import Limit, ModuleSpec, Permission, Schedule, Scope, SettingsGroup, SettingsPage, StoredFiles

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
            touched="tenants.portals.domain.touched.files_over",
        ),
        Limit(
            key="portals.domains",
            title=_("Own domains"),
            unit="domains",
            refusal=_("The {plan} plan has {maximum} own domains."),
            count="tenants.portals.domain.custom_domain.claimed_domains",
            touched="tenants.portals.domain.touched.domains_over",
        ),
    ),
    stored_files=(StoredFiles(key="portals.logo", in_use="tenants.portals.domain.logo.logo_in_use"),),
    portal_urls="tenants.portals.urls",
    public_urls="tenants.portals.urls_public",
    rest="tenants.portals.rest.routes",
    schedules=(
        Schedule(key="portals.pool", task="portals.fill_pool", every=timedelta(minutes=1), per_portal=False),
        Schedule(key="portals.erase", task="portals.erase_due", every=timedelta(hours=1), per_portal=False),
        Schedule(key="portals.erasures", task="portals.copy_erasures", every=timedelta(minutes=5), per_portal=False),
        Schedule(key="portals.proof", task="portals.prove_archives", every=timedelta(days=7), per_portal=False),
        Schedule(key="portals.domains", task="portals.recheck_domains", every=timedelta(hours=1), per_portal=False),
    ),
    actions={
        "portal.change_settings": _("Company settings changed"),
        "portal.rename_address": _("Address changed"),
        "portal.give_up_address": _("Former address given up"),
        "portal.make_primary": _("Main address chosen"),
        "portal.set_logo": _("Logo set"),
        "portal.remove_logo": _("Logo removed"),
        "domain.claim": _("Own domain named"),
        "domain.prove": _("Own domain proven"),
        "domain.lose": _("Own domain lost"),
        "portal.suspend": _("Portal suspended"),
        "portal.resume": _("Portal resumed"),
        "portal.make_read_only": _("Portal made read-only"),
        "portal.make_writable": _("Portal may be changed again"),
        "portal.close": _("Closing of the portal begun"),
        "portal.keep": _("Portal kept"),
        "domain.release": _("Own domain given up"),
    },
    settings_pages=(
        SettingsPage(
            key="portals.company",
            title=_("Company"),
            icon="building",
            url_name="portals:company",
            permission="portals.settings.manage",
            note=_("Name, logo, language, currency and time zone."),
            group=SettingsGroup.COMPANY,
            order=10,
        ),
        SettingsPage(
            key="portals.address",
            title=_("Address and domains"),
            icon="world",
            url_name="portals:address",
            permission="portals.domain.manage",
            note=_("Where people find the portal; domains of your own."),
            group=SettingsGroup.COMPANY,
            order=15,
        ),
        SettingsPage(
            key="portals.closing",
            title=_("Close the portal"),
            icon="door-exit",
            url_name="portals:closing",
            permission="portals.portal.close",
            note=_("End the portal; for 30 days you can change your mind."),
            group=SettingsGroup.COMPANY,
            order=990,
        ),
    ),
)
