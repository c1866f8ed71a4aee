"""Portals: their names and formats may be corrected; status, plan and end have their own verbs in the console."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra import audit
from infra.kit.errors import Invalid
from infra.ui.forms import offer
from infra.ui.languages import NAMES
from infra.ui.toasts import toast
from saas.operator.tables.table import Table
from tenants.people.models import User
from tenants.portals.domain.settings import FIELDS, check_settings, correct_settings
from tenants.portals.models import Portal


class PortalForm(forms.ModelForm):
    """What the company itself sets; the version it was read at guards against overwriting."""

    read_at = forms.IntegerField(widget=forms.HiddenInput)
    locale = forms.ChoiceField(label=gettext_lazy("Language"))

    class Meta:
        model = Portal
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["read_at"].initial = self.instance.version
        choices = [(code, NAMES[code]) for code in settings.LANGUAGES_OFFERED]
        offer(self, "locale", choices)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                data |= check_settings(**{name: data[name] for name in FIELDS})
            except Invalid as error:
                for name, texts in error.fields.items():
                    self.add_error(name, texts)
        return data


class PortalTable(Table):
    """The table of portals."""

    form = PortalForm
    editable = FIELDS

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.editable, "read_at"]

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """The row as it stands: the verb changes it, in save_model."""
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Correct the portal, and write it into both logs: the company's (by the verb) and the operator's own."""
        actor, values = cast(User, request.user), {name: form.cleaned_data[name] for name in FIELDS}
        portal = correct_settings(actor=actor, portal=obj, version=form.cleaned_data["read_at"], **values)
        before = form.initial
        changes = {name: (before[name], new) for name in FIELDS if before[name] != (new := getattr(portal, name))}
        if changes:
            audit.record(actor, "table.change", changes=changes, note=f"{portal.schema_name} ({portal.pk})")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """There are no rows beside it."""

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        toast(request, _("The portal is corrected."))
        return redirect("admin:portals_portal_change", obj.pk)
