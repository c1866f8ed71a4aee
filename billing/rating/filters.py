"""What the list of calls can be narrowed by."""

from __future__ import annotations

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from billing.rating.models import Call
from billing.rating.words import ROUTES


class CallFilter(filters.FilterSet):
    """Filters of calls."""

    route = filters.MultipleChoiceFilter(label=_("Kind of number"), choices=list(ROUTES.items()))
    direction = filters.ChoiceFilter(label=_("Direction"), choices=Call.Direction.choices)
    state = filters.MultipleChoiceFilter(label=_("State"), choices=Call.State.choices)
    authorized_at = filters.DateFromToRangeFilter(label=_("When"))

    class Meta:
        model = Call
        fields: list[str] = []
