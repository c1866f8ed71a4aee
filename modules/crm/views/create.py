"""A record made by hand, with duplicates shown while it is typed; and one made in passing, by its name alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.access import may, require_permission
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain.access import access, access_stage
from modules.crm.domain.contact_points import read_lists
from modules.crm.domain.duplicates import Probe, find_duplicates
from modules.crm.domain.field_rights import seen_fields
from modules.crm.domain.fields import LOST_REASON, Type
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, PRODUCT, Kind, kind_named, kinds
from modules.crm.domain.people import default_currency
from modules.crm.domain.queries import choices_for
from modules.crm.domain.record import create_record
from modules.crm.domain.selling.parties import parties_of
from modules.crm.domain.shaping import first_stage
from modules.crm.forms import people_choices, stage_choices
from modules.crm.models import ItemType, Unit
from modules.crm.record_forms import RecordForm
from modules.crm.views.asking import actor_of, optional_number
from modules.crm.views.first_price import PRICE, ask_price, take_price

# What a new record is asked for at first; the rest is on its card.
_ASKED = {
    "lead": ("person_name", "company_name", "phones", "emails", "title", "amount", "currency", "source", "comment"),
    "contact": ("first_name", "last_name", "phones", "emails", "companies", "type", "source", "comment"),
    "company": ("name", "phones", "emails", "sites", "type", "industry", "parent_id", "comment"),
    "deal": ("title", "company_id", "contacts", "amount", "currency", "closes_on", "type", "source", "comment"),
    "quote": ("title", "company_id", "contact_id", "currency", "valid_until", "comment"),
    "invoice": ("title", "company_id", "contact_id", "currency", "due_on", "comment"),
    "product": ("title", "sku", "type", "section_id", "unit", "vat_rate", "vat_included", "on_hand", "description"),
}


def add(request: HttpRequest, kind: Kind) -> HttpResponse:
    """The form; saved, it leads to the new card."""
    actor = actor_of(request)
    items = seen_fields(actor, kind)
    asked = [item for key in _asked(request, kind) for item in items if item.key == key]
    entered = _entered(request, kind)
    wanted = [item for item in items if (item.custom and item.required) or (entered and item.key in entered.required)]
    asked += [item for item in wanted if item.settable and item.type != Type.FILE and item not in asked]
    form = RecordForm(request.POST or None, items=asked, initial=_initial(request, kind))
    if kind is PRODUCT and may(actor, PRODUCT.permission("edit")):
        ask_price(form)
    if not form.is_bound and asked:
        form.fields[asked[0].key].widget.attrs["autofocus"] = True
    may_assign = may(actor, kind.permission("edit"), Scope.ALL)
    if request.method == "POST" and form.is_valid():
        stage = optional_number(request.POST.get("stage", ""))
        responsible = optional_number(request.POST.get("responsible", "")) if may_assign else None
        try:
            with transaction.atomic():
                record = create_record(
                    actor=actor,
                    kind=kind,
                    values=form.given(),
                    stage=entered if stage else None,
                    responsible_id=responsible,
                )
                if form.cleaned_data.get(PRICE):
                    take_price(actor, record, form.cleaned_data[PRICE])
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("“%(title)s” is in the list.") % {"title": str(record)})
            target = kind.url("card", record.pk)
            if request.headers.get("HX-Request"):
                return HttpResponse(status=204, headers={"HX-Redirect": target})
            return redirect(target)
    context = {
        "kind": kind,
        "form": form,
        "heading": _HEADINGS[kind.key]() if kind.key in _HEADINGS else _("New: %(name)s") % {"name": kind.title},
        "submit": _SUBMITS[kind.key]() if kind.key in _SUBMITS else _("Add"),
        "stage_choices": stage_choices(kind) if kind.staged else [],
        "stage": request.POST.get("stage") or request.GET.get("stage", ""),
        "people": people_choices() if may_assign else [],
        "responsible": request.POST.get("responsible") or str(actor.id),
        "action": request.get_full_path(),
        "list_url": kind.url(),
        "duplicates_url": reverse("crm:duplicates", args=[kind.key]) if kind.reachable else "",
    }
    status = 422 if form.errors else 200
    return render_panel(request, "crm/new.html", context, back=kind.url(), status=status)


_HEADINGS = {
    "lead": lambda: _("New lead"),
    "contact": lambda: _("New contact"),
    "company": lambda: _("New company"),
    "deal": lambda: _("New deal"),
    "quote": lambda: _("New quote"),
    "invoice": lambda: _("New invoice"),
    "product": lambda: _("New product"),
}
_SUBMITS = {
    "lead": lambda: _("Add the lead"),
    "contact": lambda: _("Add the contact"),
    "company": lambda: _("Add the company"),
    "deal": lambda: _("Add the deal"),
    "quote": lambda: _("Add the quote"),
    "invoice": lambda: _("Add the invoice"),
    "product": lambda: _("Add the product"),
}


def _asked(request: HttpRequest, kind: Kind) -> Sequence[str]:
    if kind is PRODUCT and "parent" in request.GET:
        return ("title", "parent_id", "options", "sku", "section_id", "unit", "vat_rate", "vat_included", "on_hand")
    return _ASKED.get(kind.key) or [item.key for item in kind.fields if item.type not in (LOST_REASON, Type.PERSON)]


def _entered(request: HttpRequest, kind: Kind) -> Any:
    """The stage that the new record will be in; None for kinds without stages."""
    if not kind.staged:
        return None
    asked = optional_number(request.POST.get("stage") or request.GET.get("stage", ""))
    return access_stage(asked, kind) if asked else first_stage(kind)


def _initial(request: HttpRequest, kind: Kind) -> dict[str, Any]:
    """What is known already: the company or contact whose card the form was opened from."""
    actor = actor_of(request)
    initial: dict[str, Any] = {
        "currency": default_currency(),
        "source": "call",
        "unit": Unit.PIECE.value,
        "type": {"deal": "sale", "product": "goods"}.get(kind.key, "client"),
    }
    initial |= {item.key: item.empty for item in kind.fields if item.type == Type.YESNO}
    if kind.type_id:
        return {**initial, **_linked(request, kind)}
    company, contact = (optional_number(request.GET.get(name, "")) for name in ("company", "contact"))
    if company is not None and may(actor, COMPANY.permission("view")):
        access(actor, COMPANY, company)
        key = {"company": "parent_id", "contact": "companies"}.get(kind.key, "company_id")
        initial[key] = [{"company": company, "post": ""}] if key == "companies" else company
    parent = optional_number(request.GET.get("parent", ""))
    if parent is not None and kind is PRODUCT and may(actor, PRODUCT.permission("view")):
        product = access(actor, PRODUCT, parent)
        same = ("section_id", "unit", "vat_rate", "vat_included", "type")
        initial |= {name: getattr(product, name) for name in same}
        initial |= {"parent_id": product.pk, "title": f"{product.title}, "}
    if contact is not None and kind is DEAL and may(actor, CONTACT.permission("view")):
        found = access(actor, CONTACT, contact)
        initial["contacts"] = [found.pk]
        main = found.affiliations.order_by("position", "id").first()
        if main is not None and company is None:
            initial["company_id"] = main.company_id
    return initial


def _linked(request: HttpRequest, kind: Kind) -> dict[str, Any]:
    """Records that an own object belongs to, out of the address (`?company=5`), as far as the person sees them."""
    actor = actor_of(request)
    asked = {link: optional_number(request.GET.get(link, "")) for link in ItemType.LINKS if kind.has(f"{link}_id")}
    return {
        f"{link}_id": pk
        for link, pk in asked.items()
        if pk is not None and may(actor, kind_named(link).permission("view")) and access(actor, kind_named(link), pk)
    }


@screen(None)
def duplicates(request: HttpRequest, kind_key: str) -> HttpResponse:
    """Records that look like what is typed so far."""
    actor, kind = actor_of(request), kind_named(kind_key)
    require_permission(actor, kind.permission("create"))
    query = request.GET
    points = read_lists(
        {name: [text[:254] for text in query.getlist(name)[:10]] for name in ("phones", "emails")}, strict=False
    )
    names = [query.get("name", "")[:300]] if kind is COMPANY else []
    if kind is CONTACT:
        names = [" ".join(query.get(part, "")[:100] for part in ("first_name", "last_name")).strip()]
    probe = Probe(values=[point.value for point in points], names=[name for name in names if name])
    found = find_duplicates(actor=actor, probe=probe, limit=3)
    return render(request, "crm/parts/duplicates.html", {"duplicates": found})


@screen(None)
def choose(request: HttpRequest) -> HttpResponse:
    """Records to link to, while their name is typed; what is not there yet can be made in passing."""
    actor = actor_of(request)
    text = request.GET.get("q", "").strip()[:100]
    known = kinds()
    wanted = [known[key] for key in request.GET.get("kinds", "").split(",") if key in known]
    prefixed = "prefixed" in request.GET
    cards = [card for kind in wanted if may(actor, kind.permission("view")) for card in choices_for(actor, kind, text)]
    near = optional_number(request.GET.get("near", ""))
    if near is not None and not text and wanted == [COMPANY]:
        first = parties_of(actor, near)
        cards = [*first, *(card for card in cards if card not in first)]
    options = [
        {"value": f"{card.ref.kind}:{card.ref.id}" if prefixed else str(card.ref.id), "card": card} for card in cards
    ]
    new = None
    if (
        text
        and len(wanted) == 1
        and wanted[0].key in ("contact", "company")
        and may(actor, wanted[0].permission("create"))
    ):
        words = _("New contact “%(name)s”") if wanted[0] is CONTACT else _("New company “%(name)s”")
        url = reverse("crm:quick_add", args=[wanted[0].key]) + ("?prefixed=1" if prefixed else "")
        new = {"kind": wanted[0].key, "title": text, "text": words % {"name": text}, "url": url}
    return render(request, "crm/parts/options.html", {"options": options, "new": new})


@screen(None, methods=("POST",))
def quick_add(request: HttpRequest, kind_key: str) -> HttpResponse:
    """A contact or company by its name alone, while something else is being written."""
    actor, kind = actor_of(request), kind_named(kind_key)
    title = request.POST.get("title", "").strip()
    if kind is CONTACT:
        first, _space, last = title.partition(" ")
        values = {"first_name": first, "last_name": last}
    elif kind in (COMPANY, PRODUCT):
        values = {kind.title_field: title}
    else:
        raise Invalid
    record = create_record(actor=actor, kind=kind, values=values)
    value = f"{kind.key}:{record.pk}" if "prefixed" in request.GET else str(record.pk)
    return JsonResponse({"value": value, "title": str(record)})
