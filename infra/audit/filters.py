"""By what the log is searched."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext_lazy as _

from infra.audit.models import AuditEntry
from infra.kit.refs import RecordRef
from infra.kit.registry import registry


def _people(request: Any) -> Any:
    return get_user_model()._default_manager.order_by("last_name", "first_name", "pk")


def kind_choices() -> list[tuple[str, Any]]:
    """Every kind of record that a module declares, by its title."""
    return [(f"{module}.{kind}", declared.title) for (module, kind), declared in registry.records.items()]


def action_choices() -> list[tuple[str, Any]]:
    """Every action that a module declares, by its title; first any."""
    return [("", "—"), *sorted(registry.actions.items(), key=lambda item: str(item[1]))]


class _RecordField(forms.CharField):
    """A record's reference, `crm.lead:12`."""

    def clean(self, value: Any) -> RecordRef | None:
        text = super().clean(value)
        try:
            return RecordRef.parse(text) if text else None
        except ValueError:
            raise forms.ValidationError(_("A record is written like crm.lead:12.")) from None


class RecordFilter(filters.Filter):
    """Entries about one record."""

    field_class = _RecordField

    def filter(self, rows: QuerySet[AuditEntry], value: RecordRef | None) -> QuerySet[AuditEntry]:
        return rows if value is None else rows.filter(module=value.module, kind=value.kind, record_id=value.id)


class AuditFilter(filters.FilterSet):
    """Filters of the log, on its page and in the API."""

    person = filters.ModelChoiceFilter(label=_("Person"), queryset=_people, method="by_person")
    action = filters.CharFilter(
        label=_("Action"), method="by_action", widget=forms.Select(choices=CallableChoiceIterator(action_choices))
    )
    kind = filters.ChoiceFilter(label=_("Kind of record"), choices=kind_choices, method="by_kind")
    record = RecordFilter(label=_("Record"))
    at = filters.DateFromToRangeFilter(label=_("Period"))

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def by_person(self, rows: QuerySet[AuditEntry], name: str, person: Any) -> QuerySet[AuditEntry]:
        """What this person did."""
        return rows.filter(actor_id=person.pk)

    def by_action(self, rows: QuerySet[AuditEntry], name: str, action: str) -> QuerySet[AuditEntry]:
        """One action, or all whose names begin so."""
        return rows.filter(action__startswith=action.strip())

    def by_kind(self, rows: QuerySet[AuditEntry], name: str, kind: str) -> QuerySet[AuditEntry]:
        """Entries about records of one kind."""
        module, _dot, noun = kind.partition(".")
        return rows.filter(module=module, kind=noun)
