"""Legal details on the cards of contacts and companies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid
from infra.ui import panels
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from modules.crm.domain.access import access
from modules.crm.domain.kinds import CONTACT, Kind
from modules.crm.domain.people import default_region
from modules.crm.domain.selling.requisite import (
    BANK_LINES,
    MOST,
    NewRequisite,
    access_requisite,
    delete_requisite,
    set_requisite,
)
from modules.crm.domain.selling.requisite_templates import TEMPLATES, Template, template_for
from modules.crm.models import BankAccount, Currency, Requisite
from modules.crm.views.asking import actor_of, version_of


class RequisiteForm(forms.Form):
    """The lines of a country's template."""

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in template.lines:
            if line.choices:
                choices = [("", "—"), *line.choices]
                self.fields[line.key] = forms.ChoiceField(label=str(line.title), choices=choices, required=False)
            else:
                self.fields[line.key] = forms.CharField(label=str(line.title), max_length=line.longest, required=False)


class AccountForm(forms.Form):
    """A bank account, with the lines that the template's country uses; left empty it is none."""

    def __init__(self, *args: Any, template: Template, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id"] = forms.CharField(required=False, max_length=18, widget=forms.HiddenInput())
        for key in template.bank:
            field: Any = BankAccount._meta.get_field(key)
            label = str(field.verbose_name)
            label = label[:1].upper() + label[1:]
            if key == "currency":
                choices = [("", "—"), *Currency.choices]
                self.fields[key] = forms.ChoiceField(
                    label=gettext_lazy("Currency of the account"), choices=choices, required=False
                )
            else:
                self.fields[key] = forms.CharField(label=label, max_length=field.max_length, required=False)


def requisite(request: HttpRequest, kind: Kind, record_id: int, requisite_id: int | None = None) -> HttpResponse:
    """Add or change legal details; `?template=` chooses the country's."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    row = access_requisite(record, requisite_id) if requisite_id is not None else None
    asked = request.POST.get("template") or request.GET.get("template") or (row.template if row else "")
    template = TEMPLATES.get(asked) or template_for(default_region(), person=kind is CONTACT)
    form = RequisiteForm(request.POST or None, template=template, initial=_initial(record, row))
    accounts = _account_forms(request, template, row)
    back = kind.url("card", record.pk)
    if request.method == "POST" and all(one.is_valid() for one in (form, *accounts)):
        values = form.cleaned_data
        new = NewRequisite(
            template=template.key,
            values={line.key: values[line.key] for line in template.lines},
            accounts=[one.cleaned_data for one in accounts],
        )
        try:
            set_requisite(actor=actor, record=record, new=new, requisite=row, version=version_of(request))
        except Invalid as error:
            form_errors(form, error)
        else:
            return panels.refresh(request, toast=_("Saved."), fallback=back)
    context = {
        "form": form,
        "accounts": accounts,
        "record": record,
        "kind": kind,
        "row": row,
        "template": template,
        "templates": [(item.key, item.title) for item in TEMPLATES.values()],
        "url": request.path,
    }
    status = 422 if form.errors else 200
    return render_panel(request, "crm/requisite.html", context, back=back, back_text=str(record), status=status)


def _initial(record: Any, row: Requisite | None) -> dict[str, Any]:
    return {"full_name": str(record), "name": str(record)} if row is None else dict(row.values)


def _account_forms(request: HttpRequest, template: Template, row: Requisite | None) -> list[AccountForm]:
    """A form for each account that there is, and an empty one."""
    known = (
        [{"id": one.pk, **{key: getattr(one, key) for key in BANK_LINES}} for one in row.accounts.all()] if row else []
    )
    posted = sum(1 for name in request.POST if name.startswith("bank") and name.endswith("-id"))
    count = min(max(len(known) + 1, posted), MOST)
    initial: list[dict[str, Any]] = [*known, *[{} for _place in range(count - len(known))]]
    return [
        AccountForm(request.POST or None, template=template, prefix=f"bank{place}", initial=initial[place])
        for place in range(count)
    ]


def remove(request: HttpRequest, kind: Kind, record_id: int, requisite_id: int) -> HttpResponse:
    """Remove legal details."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    delete_requisite(actor=actor, record=record, requisite=access_requisite(record, requisite_id))
    return panels.refresh(request, toast=_("Removed."), fallback=kind.url("card", record.pk))
