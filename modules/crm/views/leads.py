"""The list of leads."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from infra.kit.access import Actor, may
from infra.kit.screens import screen
from infra.ui.lists import BulkAction, Column, Empty, ListScreen, Order
from modules.crm.domain.access import CREATE, DELETE, EDIT, EXPORT, VIEW, access_stage
from modules.crm.domain.bulk import assign_records, delete_records, move_records
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.queries import lead_rows
from modules.crm.domain.search import found
from modules.crm.filters import LeadFilter
from modules.crm.forms import AssignForm, MoveForm
from modules.crm.models import Lead
from modules.crm.models.lead import LeadQuerySet


def offered(actor: Actor) -> dict[str, bool]:
    """Which buttons above lists and boards the person gets."""
    return {"may_create": may(actor, CREATE), "may_delete": may(actor, DELETE)}


VIEWS = (("list", _("List"), "crm:leads"), ("board", _("Board"), "crm:board"))


class LeadList(ListScreen[Lead]):
    """Leads the person may see."""

    key = "crm.leads"
    title = _("Leads")
    template_name = "crm/leads.html"
    columns = (
        Column("title", _("Title"), link=True, fixed=True),
        Column("person_name", _("Person")),
        Column("company_name", _("Company"), shown=False),
        Column("phone", _("Phone"), kind="phone", value=lambda lead: lead.first_phone),
        Column("email", _("E-mail"), kind="email", value=lambda lead: lead.first_email, shown=False),
        Column(
            "stage",
            _("Stage"),
            kind="badge",
            value=lambda lead: lead.stage.title,
            tone=lambda lead: lead.stage.colour,
        ),
        Column(
            "amount",
            _("Amount"),
            kind="money",
            value=lambda lead: lead.amount or None,
            currency=lambda lead: lead.currency,
            order="amount",
        ),
        Column("responsible", _("Responsible"), kind="person", value=lambda lead: lead.responsible),
        Column("source", _("Source"), value=lambda lead: lead.get_source_display(), shown=False),
        Column("created_at", _("Created"), kind="moment", order="created_at"),
        Column("updated_at", _("Changed"), kind="moment", order="updated_at", shown=False),
    )
    orders = (
        Order("-created_at", _("Newest first")),
        Order("-updated_at", _("Changed last")),
        Order("-amount", _("Largest amount")),
    )
    filterset_class = LeadFilter
    searchable = True
    bulk = (
        BulkAction("assign", _("Assign"), icon="user-check", permission=EDIT, form=AssignForm),
        BulkAction("move", _("Move to stage"), icon="arrow-right", permission=EDIT, form=MoveForm),
        BulkAction("trash", _("Move to trash"), icon="trash", tone="danger", permission=DELETE),
    )
    export_permission = EXPORT
    export_name = "leads"
    live = "list:crm.lead"
    empty = Empty(
        icon="user-plus",
        title=_("No leads yet"),
        text=_("Add one by hand, or publish a form: whoever sends it appears here at once."),
        url_name="crm:lead_add",
        action=_("Add a lead"),
        permission=CREATE,
    )
    views = VIEWS

    def rows(self) -> QuerySet[Lead]:
        return lead_rows(self.actor)

    def search(self, rows: QuerySet[Any, Lead], text: str) -> QuerySet[Any, Lead]:
        return found(cast(LeadQuerySet, rows), text)

    def url_of(self, row: Lead) -> str:
        return reverse("crm:lead", args=[row.pk])

    def extra_context(self) -> dict[str, Any]:
        return offered(self.actor)

    def bulk_assign(self, rows: LeadQuerySet, form: Any) -> int:
        person_id = int(form.cleaned_data["responsible"])
        done = assign_records(actor=self.actor, kind=LEAD, rows=rows, responsible_id=person_id)
        return len(done.before)

    def bulk_move(self, rows: LeadQuerySet, form: Any) -> int:
        stage = access_stage(int(form.cleaned_data["stage"]), LEAD)
        return len(move_records(actor=self.actor, kind=LEAD, rows=rows, stage=stage).before)

    def bulk_trash(self, rows: LeadQuerySet, form: Any) -> int:
        return len(delete_records(actor=self.actor, kind=LEAD, rows=rows).before)


lead_list = screen(VIEW, methods=("GET", "POST"))(LeadList.as_view())
