"""What the house learns about portals."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec

spec = ModuleSpec(
    slug="portals",
    title=_("Portal"),
    icon="building",
    order=90,
    always_on=True,
)
