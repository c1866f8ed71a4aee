"""What the house learns about sites."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import (
    Limit,
    ModuleSpec,
    Permission,
    Schedule,
    Scope,
)
from modules.sites.contracts import FormSubmitted

_STAFF = {"owner": Scope.ALL, "administrator": Scope.ALL}

spec = ModuleSpec(
    slug="sites",
    title=_("Sites"),
    icon="world",
    description=_("Pages and forms for visitors. What they send arrives where your leads are."),
    order=30,
    permissions=(
        Permission(
            key="sites.site.view", title=_("See sites, pages and forms"), defaults={**_STAFF, "employee": Scope.ALL}
        ),
        Permission(key="sites.site.manage", title=_("Change sites, pages and forms"), defaults=_STAFF),
        Permission(key="sites.site.publish", title=_("Publish sites"), defaults=_STAFF),
        Permission(key="sites.submission.view", title=_("Read what visitors sent"), defaults=_STAFF),
        Permission(key="sites.submission.manage", title=_("Deliver or delete what visitors sent"), defaults=_STAFF),
        Permission(key="sites.submission.export", title=_("Export what visitors sent"), defaults=_STAFF),
    ),
    limits=(
        Limit(
            key="sites.published",
            title=_("Published sites"),
            unit="sites",
            refusal=_("The {plan} plan has {maximum} published sites."),
            count="modules.sites.domain.queries.published_count",
        ),
    ),
    site_urls="modules.sites.urls_site",
    schedules=(Schedule(key="sites.sweep", task="sites.sweep", every=timedelta(hours=6)),),
    publishes=(FormSubmitted,),
    export=(
        "sites.Site",
        "sites.Page",
        "sites.Form",
        "sites.Publication",
        "sites.Asset",
        "sites.Submission",
    ),
)
