"""What this room tells the house."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Permission, Scope, SettingsGroup, SettingsPage

spec = ModuleSpec(
    slug="audit",
    title=_("Audit log"),
    icon="history",
    always_on=True,
    permissions=(
        Permission(
            key="audit.log.view",
            title=_("Read the audit log"),
            defaults={"owner": Scope.ALL, "administrator": Scope.ALL},
        ),
    ),
    portal_urls="infra.audit.urls",
    rest="infra.audit.rest",
    settings_pages=(
        SettingsPage(
            key="audit.log",
            title=_("Audit log"),
            icon="history",
            url_name="audit:log",
            permission="audit.log.view",
            note=_("Who changed what, and when."),
            group=SettingsGroup.TECHNICAL,
            order=900,
        ),
    ),
    export=("audit.AuditEntry",),
)
