"""What this room tells the house."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, Schedule

spec = ModuleSpec(
    slug="jobs",
    title=_("Jobs"),
    icon="progress",
    always_on=True,
    portal_urls="infra.jobs.urls",
    rest="infra.jobs.rest",
    schedules=(Schedule(key="jobs.sweep", task="jobs.sweep", every=timedelta(hours=1), per_portal=False),),
    export=("jobs.Job",),
    erase="infra.jobs.domain.erasure.erase_person",
)
