"""A lead becomes a contact, company and deal, with those that are known already offered; duplicates become one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import may
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain import shaping
from modules.crm.domain.access import access, access_stage, may_do
from modules.crm.domain.conversion import Conversion, convert_lead
from modules.crm.domain.duplicates import Probe, find_duplicates, probe_of
from modules.crm.domain.field_rights import hidden, levels, seen_fields
from modules.crm.domain.fields import AMOUNT, Field, Type
from modules.crm.domain.holding import holding_of
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, Kind, custom_fields
from modules.crm.domain.merge import merge_records, merges_of, unmerge
from modules.crm.domain.notifying import record_url
from modules.crm.domain.showing import names_for, plain
from modules.crm.forms import stage_choices
from modules.crm.record_forms import form_field
from modules.crm.views.asking import actor_of, optional_number, version_of

# What a deal has from its lead, or from the answers about contact and company.
_TAKEN_ALONG = frozenset(
    {"title", "amount", "currency", "company_id", "contacts", "comment", "source", "source_detail", "watchers"}
)


class ConvertForm(forms.Form):
    """What a lead becomes: something new, a known record, or nothing."""

    contact = forms.ChoiceField(label=gettext_lazy("Contact"), widget=forms.RadioSelect)
    company = forms.ChoiceField(label=gettext_lazy("Company"), widget=forms.RadioSelect)
    deal = forms.BooleanField(label=gettext_lazy("Open a deal"), required=False, initial=True)
    title = forms.CharField(label=gettext_lazy("Title of the deal"), max_length=200, required=False)
    stage = forms.ChoiceField(label=gettext_lazy("Stage of the deal"), required=False)


def _offers(actor: Any, lead: Any) -> dict[str, list[tuple[str, str]]]:
    probe = probe_of(lead)
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, name in ((CONTACT, lead.person_name), (COMPANY, lead.company_name)):
        twins = find_duplicates(
            actor=actor, probe=Probe(values=probe.values, names=[name] if name else []), kinds=[kind.key]
        )
        found[kind.key] = [
            (str(twin.record.pk), _("%(name)s – known: %(why)s") % {"name": str(twin.record), "why": twin.by})
            for twin in twins
        ]
    return found


def _asked(actor: Any, lead: Any, stage_id: int | None) -> list[Field]:
    """What the deal has to have, by its stage or always, and the lead does not give it."""
    stage = access_stage(stage_id, DEAL) if stage_id else shaping.first_stage(DEAL)
    given = _TAKEN_ALONG - (frozenset() if lead.amount else {"amount"})
    required = {*stage.required, *(item.key for item in custom_fields(DEAL) if item.required)} - given
    twins = {(str(item.title), item.type) for item in custom_fields(LEAD) if lead.custom.get(item.key) is not None}
    wanted = [item for item in seen_fields(actor, DEAL) if item.key in required and item.settable]
    return [item for item in wanted if item.type != Type.FILE and (str(item.title), item.type) not in twins]


@screen(LEAD.permission("edit"), methods=("GET", "POST"))
def convert(request: HttpRequest, record_id: int) -> HttpResponse:
    """Convert a lead."""
    actor = actor_of(request)
    lead = access(actor, LEAD, record_id)
    offers = _offers(actor, lead)
    form = ConvertForm(request.POST or None)
    closed = hidden(actor, LEAD)
    person = "" if "person_name" in closed else lead.person_name
    firm = _("the company of the lead") if "company_name" in closed else lead.company_name
    new_contact = [("new", _("New: %(name)s") % {"name": person or lead.title})]
    new_company = [("new", _("New: %(name)s") % {"name": firm})] if lead.company_name else []
    for kind, new in ((CONTACT, new_contact), (COMPANY, new_company)):
        may_make = may(actor, kind.permission("create"))
        choices = [*offers[kind.key], *(new if may_make else []), ("", _("none"))]
        offer(form, kind.key, choices)
        form.fields[kind.key].required = False
        form.initial[kind.key] = choices[0][0]
    form.initial["title"] = lead.title
    offer(form, "stage", stage_choices(DEAL))
    asked: list[Field] = []
    if not may(actor, DEAL.permission("create")):
        for name in ("deal", "title", "stage"):
            del form.fields[name]
    else:
        asked = _asked(actor, lead, optional_number(request.POST.get("stage") or ""))
        form.fields.update({item.key: form_field(item) for item in asked})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        stage = optional_number(values.get("stage") or "")
        title = (values.get("title") or "").strip()
        try:
            result = convert_lead(
                actor=actor,
                lead=lead,
                to=Conversion(
                    contact_id=optional_number(values["contact"]),
                    new_contact=values["contact"] == "new",
                    company_id=optional_number(values["company"]),
                    new_company=values["company"] == "new",
                    new_deal=bool(values.get("deal")),
                    deal={**({"title": title} if title else {}), **{item.key: values[item.key] for item in asked}},
                    stage=access_stage(stage, DEAL) if stage else None,
                ),
                version=version_of(request),
            )
        except Invalid as error:
            elsewhere = set(error.fields) - set(form.fields)  # what the lead itself lacks
            form_errors(form, Invalid(error.message) if elsewhere else error)
        else:
            toast(request, _("The lead is converted."))
            target: Any = result.deal or result.contact or result.company or lead
            url = record_url(target)
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": url})
            return redirect(url)
    context = {"form": form, "lead": lead, "url": request.path}
    status = 422 if form.errors else 200
    back = reverse("crm:lead", args=[lead.pk])
    return render_panel(request, "crm/convert.html", context, back=back, back_text=str(lead), status=status)


def merge(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Merge a record with one of its duplicates, or another one: first which, then whose value per field."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    typed = request.POST.get("other") or request.GET.get("other", "")
    other_id = optional_number(typed)
    back = kind.url("card", record.pk)
    if other_id is None or other_id == record.pk:
        twins = find_duplicates(actor=actor, probe=probe_of(record), kinds=[kind.key], besides=record)
        context = {"record": record, "kind": kind, "twins": twins, "merges": merges_of(record), "url": request.path}
        return render_panel(request, "crm/merge.html", context, back=back, back_text=str(record))
    other = access(actor, kind, other_id)
    if request.method == "POST":
        choices = {
            name.removeprefix("take_"): int(value)
            for name, value in request.POST.items()
            if name.startswith("take_") and value in (str(record.pk), str(other.pk))
        }
        merge_records(actor=actor, record=record, others=[other], choices=choices)
        toast(request, _("Merged. It can be taken back for 30 days."))
        if request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": back})
        return redirect(back)
    context = {
        "record": record,
        "other": other,
        "kind": kind,
        "rows": _compared(actor, kind, record, other),
        "url": request.path,
        "may": may_do(actor, kind.permission("delete"), other) and may_do(actor, kind.permission("edit"), record),
    }
    return render_panel(request, "crm/merge_fields.html", context, back=back, back_text=str(record))


def _compared(actor: Any, kind: Kind, record: Any, other: Any) -> list[dict[str, Any]]:
    items = {item.key: item for item in seen_fields(actor, kind) if item.settable and item.type != "file"}
    ours, theirs = (shaping.state_of(kind, row, items) for row in (record, other))
    pairs = [(items[key], _ids(state[key])) for state in (ours, theirs) for key in items]
    names, closed = names_for(pairs), levels(actor, kind)
    rows = []
    for key, item in items.items():
        if key == "currency" and any(other.type == AMOUNT for other in items.values()):
            continue  # shown with the amount, and goes with it
        left, right = (
            plain(item, _ids(state[key]), names, getattr(row, "currency", ""))
            for state, row in ((ours, record), (theirs, other))
        )
        if left or right:
            both = isinstance(ours[key], list)
            row = {"item": item, "left": left, "right": right, "both": both, "same": left == right}
            rows.append({**row, "closed": key in closed})
    return rows


def _ids(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "company" in value[0]:
        return [row["company"] for row in value]
    return value


def take_back(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Take the last merge back."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    found = merges_of(record)
    if not found:
        raise Invalid(_("There is nothing to take back."))
    unmerge(actor=actor, record=record, change=found[0])
    toast(request, _("The records are apart again."))
    url = kind.url("card", record.pk)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


@screen(COMPANY.permission("view"))
def holding(request: HttpRequest, record_id: int) -> HttpResponse:
    """A company with all above and below it: who belongs, what is being sold, whom we know there."""

    actor = actor_of(request)
    company = access(actor, COMPANY, record_id)
    return render(request, "crm/holding.html", {"company": company, "holding": holding_of(actor, company)})
