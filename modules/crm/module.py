"""What the house learns about CRM."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import (
    Limit,
    ModuleSpec,
    NavEntry,
    Permission,
    QuickCreate,
    RecordKind,
    Schedule,
    Scope,
    SearchSource,
    SettingsPage,
    Widget,
)
from modules.crm.contracts import LeadAssigned, LeadCreated, LeadDeleted, LeadMoved

_REACH = (Scope.NONE, Scope.OWN, Scope.DEPARTMENT, Scope.ALL)
_HEADS = {"owner": Scope.ALL, "administrator": Scope.ALL, "guest": Scope.NONE}

spec = ModuleSpec(
    slug="crm",
    title=_("CRM"),
    icon="address-book",
    description=_("Leads from first contact to customer."),
    order=10,
    nav=(
        NavEntry(
            key="crm.leads",
            title=_("Leads"),
            icon="user-plus",
            url_name="crm:leads",
            order=10,
            permission="crm.lead.view",
        ),
    ),
    permissions=(
        Permission(
            key="crm.lead.view", title=_("See leads"), scopes=_REACH, defaults={**_HEADS, "employee": Scope.OWN}
        ),
        Permission(key="crm.lead.create", title=_("Create leads"), defaults={**_HEADS, "employee": Scope.ALL}),
        Permission(
            key="crm.lead.edit", title=_("Change leads"), scopes=_REACH, defaults={**_HEADS, "employee": Scope.OWN}
        ),
        Permission(
            key="crm.lead.delete",
            title=_("Delete and restore leads"),
            scopes=_REACH,
            defaults={**_HEADS, "employee": Scope.NONE},
        ),
        Permission(key="crm.lead.export", title=_("Export leads"), defaults={**_HEADS, "employee": Scope.NONE}),
        Permission(
            key="crm.pipeline.manage",
            title=_("Set up pipelines, stages and who gets new leads"),
            defaults={**_HEADS, "employee": Scope.NONE},
        ),
    ),
    limits=(
        Limit(
            key="crm.pipelines",
            title=_("Pipelines"),
            unit="pipelines",
            refusal=_("The {plan} plan has {maximum} CRM pipelines."),
            count="modules.crm.domain.pipeline.count_pipelines",
        ),
    ),
    portal_urls="modules.crm.urls",
    rest="modules.crm.rest.routes",
    schedules=(Schedule(key="crm.purge_trash", task="modules.crm.jobs.purge_trash", every=timedelta(days=1)),),
    publishes=(LeadCreated, LeadMoved, LeadAssigned, LeadDeleted),
    records=(
        RecordKind(
            kind="lead",
            title=_("Lead"),
            title_plural=_("Leads"),
            icon="user-plus",
            resolve="modules.crm.domain.queries.lead_card",
            owned="modules.crm.domain.bulk.count_owned",
            transfer="modules.crm.domain.bulk.hand_over_leads",
        ),
    ),
    searches=(
        SearchSource(
            key="crm.leads",
            title=_("Leads"),
            search="modules.crm.domain.queries.search_leads",
            permission="crm.lead.view",
        ),
    ),
    quick_creates=(
        QuickCreate(
            key="crm.lead", title=_("Lead"), icon="user-plus", url_name="crm:lead_add", permission="crm.lead.create"
        ),
    ),
    widgets=(
        Widget(
            key="crm.my_leads",
            title=_("Leads in work"),
            template="crm/widgets/leads.html",
            context="modules.crm.views.widget.leads_in_work",
            permission="crm.lead.view",
            order=20,
        ),
    ),
    actions={
        "lead.create": _("Lead created"),
        "lead.edit": _("Lead changed"),
        "lead.move": _("Lead moved"),
        "lead.assign": _("Lead handed over"),
        "lead.delete": _("Lead put into the trash"),
        "lead.restore": _("Lead restored"),
        "pipeline.create": _("Pipeline created"),
        "pipeline.rename": _("Pipeline renamed"),
        "pipeline.order": _("Stages reordered"),
        "pipeline.delete": _("Pipeline removed"),
        "stage.create": _("Stage added"),
        "stage.edit": _("Stage changed"),
        "stage.delete": _("Stage removed"),
        "rotation.set": _("Takers of new leads changed"),
    },
    settings_pages=(
        SettingsPage(
            key="crm.pipelines",
            title=_("Pipelines and stages"),
            icon="arrow-guide",
            url_name="crm:pipelines",
            permission="crm.pipeline.manage",
            note=_("The way a lead goes, and who takes it."),
            order=300,
        ),
    ),
    seed="modules.crm.seed.seed",
    demo="modules.crm.demo.demo",
    export=("crm.Pipeline", "crm.Stage", "crm.Lead", "crm.ContactPoint", "crm.Activity", "crm.RotationMember"),
    erase="modules.crm.domain.erasure.erase_person",
)
