"""What this room tells the house."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec

spec = ModuleSpec(slug="audit", title=_("Audit log"), icon="history")
