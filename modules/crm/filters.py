"""What lists, boards and the API can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from modules.crm.domain.search import found
from modules.crm.models import ContactPoint, Lead, Source, Stage
from modules.crm.models.lead import Currency, LeadQuerySet
from tenants.people.models import User


def _stages(request: Any) -> Any:
    return Stage.objects.select_related("pipeline").order_by("pipeline__position", "position", "id")


def _people(request: Any) -> Any:
    return User.objects.employees().order_by("last_name", "first_name", "id")


class LeadFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of leads for people. None joins to many, so DISTINCT, which would sort all rows, is left out."""

    stage = filters.ModelMultipleChoiceFilter(label=_("Stage"), queryset=_stages, distinct=False)
    kind = filters.ChoiceFilter(label=_("State"), field_name="stage__kind", choices=Stage.Kind.choices)
    responsible = filters.ModelMultipleChoiceFilter(label=_("Responsible"), queryset=_people, distinct=False)
    source = filters.MultipleChoiceFilter(label=_("Source"), choices=Source.choices, distinct=False)
    amount = filters.RangeFilter(label=_("Amount"))
    currency = filters.ChoiceFilter(label=_("Currency"), choices=Currency.choices)
    created_at = filters.DateFromToRangeFilter(label=_("Created"))

    class Meta:
        model = Lead
        fields: list[str] = []


class LeadApiFilter(filters.FilterSet):  # type: ignore[misc]
    """Filters of leads for programs: ids instead of choices, plus search and contact."""

    q = filters.CharFilter(method="by_text", label=_("Words, an e-mail, or three or more digits of a phone."))
    pipeline = filters.NumberFilter(field_name="stage__pipeline_id", label=_("Id of a pipeline."))
    stage = filters.NumberFilter(field_name="stage_id", label=_("Id of a stage."))
    kind = filters.ChoiceFilter(field_name="stage__kind", choices=Stage.Kind.choices, label=_("State of the stage."))
    responsible = filters.NumberFilter(field_name="responsible_id", label=_("Id of a person."))
    source = filters.ChoiceFilter(choices=Source.choices, label=_("Source."))
    contact = filters.CharFilter(method="by_contact", label=_("A phone in E.164 or an e-mail, whole."))
    amount = filters.RangeFilter(label=_("Amount, from and to."))
    created_at = filters.IsoDateTimeFromToRangeFilter(label=_("Created, from and to."))
    updated_at = filters.IsoDateTimeFromToRangeFilter(label=_("Changed, from and to."))

    class Meta:
        model = Lead
        fields: list[str] = []

    def by_text(self, rows: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return found(rows, value)

    def by_contact(self, rows: LeadQuerySet, name: str, value: str) -> LeadQuerySet:
        return rows.filter(pk__in=ContactPoint.objects.filter(value=value.strip()).values("lead_id"))
