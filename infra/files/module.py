"""What this room tells the house."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Schedule

spec = ModuleSpec(
    slug="files",
    title=_("Files"),
    icon="files",
    order=5,
    always_on=True,
    schedules=(Schedule(key="files.sweep", task="files.sweep", every=timedelta(days=1)),),
)
