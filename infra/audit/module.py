"""What this room tells the house."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Permission, Scope

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
    export=("audit.AuditEntry",),
)
