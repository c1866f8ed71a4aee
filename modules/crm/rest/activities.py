"""Activities over REST."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from infra.api.moments import MomentRangeFilter
from infra.api.preconditions import check_match
from infra.api.viewsets import ANY_PERSON, ListMixin, PortalViewSet, RetrieveMixin
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from modules.crm.domain.access import seen
from modules.crm.domain.activity import (
    Plan,
    complete_activity,
    delete_activity,
    edit_activity,
    pin_activity,
    plan_activity,
    reopen_activity,
)
from modules.crm.domain.posting import send_again
from modules.crm.domain.queries import visible_activities
from modules.crm.models import Activity
from modules.crm.rest.placing import as_precondition
from modules.crm.rest.serializers import ActivitySerializer, DoneSerializer, NewActivitySerializer, PinSerializer

_OWNERS = ("deal", "lead", "contact", "company", "quote", "invoice", "product", "item")


class ActivityFilter(filters.FilterSet):
    """By record, person, day and whether it is done."""

    deal = filters.NumberFilter(field_name="deal_id", label=gettext_lazy("Id of a deal."))
    lead = filters.NumberFilter(field_name="lead_id", label=gettext_lazy("Id of a lead."))
    contact = filters.NumberFilter(field_name="contact_id", label=gettext_lazy("Id of a contact."))
    company = filters.NumberFilter(field_name="company_id", label=gettext_lazy("Id of a company."))
    quote = filters.NumberFilter(field_name="quote_id", label=gettext_lazy("Id of a quote."))
    invoice = filters.NumberFilter(field_name="invoice_id", label=gettext_lazy("Id of an invoice."))
    product = filters.NumberFilter(field_name="product_id", label=gettext_lazy("Id of a product."))
    item = filters.NumberFilter(field_name="item_id", label=gettext_lazy("Id of a record of an own object."))
    kind = filters.ChoiceFilter(choices=Activity.Kind.choices, label=gettext_lazy("What it is: call, meeting …"))
    own_kind = filters.NumberFilter(field_name="own_kind_id", label=gettext_lazy("Id of an own kind."))
    responsible = filters.NumberFilter(field_name="responsible_id", label=gettext_lazy("Id of a person."))
    due_at = MomentRangeFilter(label=gettext_lazy("Due, from and to."))
    open = filters.BooleanFilter(
        field_name="done_at", lookup_expr="isnull", label=gettext_lazy("Whether it is still to be done.")
    )

    class Meta:
        model = Activity
        fields: list[str] = []


class ActivityViewSet(ListMixin, RetrieveMixin, PortalViewSet):
    """What is planned and done with records. Seen by who may see one of its records."""

    permissions = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "destroy", "done", "reopen", "pin", "again"), ANY_PERSON
    )
    orders = {"newest": ("-id",)}
    serializer_class = ActivitySerializer
    filterset_class = ActivityFilter

    def rows(self, actor: Actor) -> QuerySet[Activity]:
        return visible_activities(actor)

    @extend_schema(request=NewActivitySerializer, responses={201: ActivitySerializer})
    def create(self, request: Request) -> Response:
        """Plan something with a record, or put down what was done: with `done`, a call starts the rules for calls."""
        values = self.read(NewActivitySerializer)
        owner = next((name for name in _OWNERS if values.get(f"{name}_id")), None)
        if owner is None:
            raise Invalid(fields={"deal": [_("Name the record that it is of.")]})
        record = seen(self.actor, owner, values[f"{owner}_id"])
        if record is None:
            raise NotFound
        done, result = values.get("done", False), values.get("result", "")
        if result and not done:
            raise Invalid(fields={"result": [_("What is still to be done has no result yet.")]})
        activity = plan_activity(actor=self.actor, record=record, plan=_plan(values), done=done, result=result)
        return self.show(activity, 201, reverse("api-v1:activity-detail", args=[activity.pk]))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is planned."""
        activity = self.get_object()
        version = check_match(request, activity)
        values = self.read()
        if any(f"{name}_id" in values for name in _OWNERS):
            raise Invalid(_("An activity stays with its record."))
        kept = {name: getattr(activity, name) for name in Plan.__dataclass_fields__}
        with as_precondition():
            changed = edit_activity(
                actor=self.actor, activity=activity, plan=_plan({**kept, **values}), version=version
            )
        return self.show(changed)

    def destroy(self, request: Request, pk: str) -> Response:
        """Remove what is planned."""
        activity = self.get_object()
        check_match(request, activity)
        delete_activity(actor=self.actor, activity=activity)
        return Response(status=204)

    @extend_schema(request=DoneSerializer, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def done(self, request: Request, pk: str) -> Response:
        """Mark as done."""
        result = self.read(DoneSerializer).get("result", "")
        return self.show(complete_activity(actor=self.actor, activity=self.get_object(), result=result))

    @extend_schema(request=None, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take back that it was done."""
        return self.show(reopen_activity(actor=self.actor, activity=self.get_object()))

    @extend_schema(request=PinSerializer, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def pin(self, request: Request, pk: str) -> Response:
        """Keep at the top of the timeline, or no longer."""
        pinned = self.read(PinSerializer)["pinned"]
        return self.show(pin_activity(actor=self.actor, activity=self.get_object(), pinned=pinned))

    @extend_schema(request=None, responses=ActivitySerializer)
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        """Send a letter again that has not left."""
        return self.show(send_again(actor=self.actor, activity=self.get_object()))


def _plan(values: dict[str, Any]) -> Plan:
    return Plan(**{name: values[name] for name in Plan.__dataclass_fields__ if name in values})
