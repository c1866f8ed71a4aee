"""What lists of submissions can be narrowed by."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from infra.api.moments import MomentRangeFilter
from modules.sites.domain.search import search_submissions
from modules.sites.models import Form, Status, Submission


def _forms(request: Any) -> Any:
    return Form.objects.order_by("name", "pk")


class SubmissionFilter(filters.FilterSet):
    """Filters of submissions for people."""

    status = filters.MultipleChoiceFilter(label=_("State"), choices=Status.choices)
    form = filters.ModelMultipleChoiceFilter(label=_("Form"), queryset=_forms)
    created_at = filters.DateFromToRangeFilter(label=_("Sent"))

    class Meta:
        model = Submission
        fields: list[str] = []


class SubmissionApiFilter(filters.FilterSet):
    """Filters of submissions for programs."""

    q = filters.CharFilter(method="by_text", label=_("Starts of words in the answers."))
    status = filters.ChoiceFilter(choices=Status.choices, label=_("State."))
    form = filters.NumberFilter(field_name="form_id", label=_("Id of a form."))
    created_at = MomentRangeFilter(label=_("Sent, from and to."))

    class Meta:
        model = Submission
        fields: list[str] = []

    def by_text(self, rows: Any, name: str, value: str) -> Any:
        return search_submissions(rows, value)
