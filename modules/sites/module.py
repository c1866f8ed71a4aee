"""What the house learns about sites."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import (
    Feature,
    Limit,
    ModuleSpec,
    NavEntry,
    Permission,
    QuickCreate,
    RecordKind,
    Schedule,
    Scope,
    SearchSource,
    StoredFiles,
    Widget,
)
from modules.sites.contracts import FormSubmitted

_STAFF = {"owner": Scope.ALL, "administrator": Scope.ALL}

spec = ModuleSpec(
    slug="sites",
    title=_("Sites"),
    icon="world",
    description=_("Pages and forms for visitors. What they send arrives where your leads are."),
    order=30,
    nav=(
        NavEntry(
            key="sites.sites",
            title=_("Sites"),
            icon="world",
            url_name="sites:sites",
            order=30,
            permission="sites.site.view",
        ),
        NavEntry(
            key="sites.submissions",
            title=_("Sent forms"),
            icon="forms",
            url_name="sites:submissions",
            order=31,
            permission="sites.submission.view",
        ),
    ),
    largest="modules.sites.domain.touched.largest_files",
    permissions=(
        Permission(
            key="sites.site.view", title=_("See sites, pages and forms"), defaults={**_STAFF, "employee": Scope.ALL}
        ),
        Permission(key="sites.site.manage", title=_("Change sites, pages and forms"), defaults=_STAFF),
        Permission(key="sites.site.publish", title=_("Publish sites"), defaults=_STAFF),
        Permission(
            key="sites.code.manage", title=_("Put own code and pages of other services on sites"), defaults=_STAFF
        ),
        Permission(key="sites.submission.view", title=_("Read what visitors sent"), defaults=_STAFF),
        Permission(key="sites.submission.manage", title=_("Deliver or delete what visitors sent"), defaults=_STAFF),
        Permission(key="sites.submission.export", title=_("Export what visitors sent"), defaults=_STAFF),
    ),
    features=(
        Feature(key="sites.own_code", title=_("Own code on sites"), touched="modules.sites.domain.touched.own_code"),
    ),
    limits=(
        Limit(
            key="sites.published",
            title=_("Published sites"),
            unit="sites",
            refusal=_("The {plan} plan has {maximum} published sites."),
            count="modules.sites.domain.queries.published_count",
            touched="modules.sites.domain.touched.sites_over",
        ),
    ),
    portal_urls="modules.sites.urls",
    site_urls="modules.sites.urls_site",
    rest="modules.sites.rest.routes",
    stored_files=(
        StoredFiles(key="sites.assets", in_use="modules.sites.domain.stored.assets"),
        StoredFiles(key="sites.sent", in_use="modules.sites.domain.stored.sent"),
        StoredFiles(key="sites.handed", in_use="modules.sites.domain.stored.handed"),
        StoredFiles(key="sites.published", in_use="modules.sites.domain.stored.published"),
    ),
    schedules=(
        Schedule(key="sites.sweep", task="sites.sweep", every=timedelta(hours=6)),
        Schedule(key="sites.publish_due", task="sites.publish_due", every=timedelta(minutes=5)),
        Schedule(key="sites.count", task="sites.count", every=timedelta(minutes=10)),
    ),
    publishes=(FormSubmitted,),
    records=(
        RecordKind(
            kind="site",
            title=_("Site"),
            title_plural=_("Sites"),
            icon="world",
            resolve="modules.sites.domain.cards.site_card",
        ),
        RecordKind(
            kind="page",
            title=_("Page"),
            title_plural=_("Pages"),
            icon="file-text",
            resolve="modules.sites.domain.cards.page_card",
        ),
        RecordKind(
            kind="form",
            title=_("Form"),
            title_plural=_("Forms"),
            icon="forms",
            resolve="modules.sites.domain.cards.form_card",
            owned="modules.sites.domain.handover.forms_of",
            transfer="modules.sites.domain.handover.hand_over_forms",
        ),
        RecordKind(
            kind="submission",
            title=_("Sent form"),
            title_plural=_("Sent forms"),
            icon="inbox",
            resolve="modules.sites.domain.cards.submission_card",
        ),
    ),
    searches=(
        SearchSource(
            key="sites.sites",
            title=_("Sites and pages"),
            search="modules.sites.domain.cards.search_sites",
            permission="sites.site.view",
        ),
        SearchSource(
            key="sites.submissions",
            title=_("Sent forms"),
            search="modules.sites.domain.cards.search_submissions",
            permission="sites.submission.view",
        ),
    ),
    quick_creates=(
        QuickCreate(
            key="sites.add", title=_("Site"), icon="world-plus", url_name="sites:add", permission="sites.site.manage"
        ),
    ),
    widgets=(
        Widget(
            key="sites.sent",
            title=_("Sent forms"),
            template="sites/widgets/sent.html",
            context="modules.sites.views.widget.sent_lately",
            permission="sites.submission.view",
            order=30,
        ),
    ),
    actions={
        "site.create": _("Site made"),
        "site.edit": _("Site changed"),
        "site.delete": _("Site deleted"),
        "site.publish": _("Site published"),
        "site.unpublish": _("Site taken down"),
        "site.domain": _("Own domain of a site changed"),
        "site.schedule": _("Publishing planned"),
        "site.restore": _("Earlier version shown again"),
        "site.upload_image": _("Image uploaded"),
        "page.add": _("Page added"),
        "page.edit": _("Page changed"),
        "page.compare": _("Second version of a page made"),
        "page.decide": _("One of two versions kept"),
        "page.delete": _("Page deleted"),
        "form.add": _("Form added"),
        "form.design": _("Form changed"),
        "form.delete": _("Form deleted"),
        "form.hand_over": _("Forms handed over"),
        "submission.replay": _("Sent form delivered again"),
        "submission.delete": _("Sent form deleted"),
    },
    demo="modules.sites.seed.demo",
    export=(
        "sites.Site",
        "sites.Page",
        "sites.PageVersion",
        "sites.Form",
        "sites.Publication",
        "sites.Asset",
        "sites.Submission",
        "sites.SubmissionFile",
        "sites.VisitCount",
    ),
)
