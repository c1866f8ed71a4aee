"""Settings of selling: base currency, numbers, price types, own companies and exchange rates."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.crm.domain.access import access
from modules.crm.domain.kinds import COMPANY
from modules.crm.domain.money import number_typed
from modules.crm.domain.selling.exchange import base_currency, currencies_in_use, latest_rates, rate_days, set_rates
from modules.crm.domain.selling.letterhead import PICTURES, letterhead_of, picture_bytes, set_letterhead
from modules.crm.domain.selling.number_series import last_number, series, set_series, shape
from modules.crm.domain.selling.online_payment import set_stripe_key
from modules.crm.domain.selling.price_type import (
    access_price_type,
    add_price_type,
    make_usual,
    price_types,
    rename_price_type,
    retire_price_type,
)
from modules.crm.domain.selling.requisite import own_companies, requisites_of
from modules.crm.domain.selling.settings import MANAGE, selling, set_selling
from modules.crm.models import Currency
from modules.crm.views.asking import actor_of, version_of

_BOTH = ("GET", "POST")
_TALL = {"rows": 3, "maxlength": 5_000}


class SellingForm(forms.Form):
    """Terms that quotes and invoices start with."""

    base_currency = forms.ChoiceField(
        label=gettext_lazy("Base currency"),
        choices=Currency.choices,
        help_text=gettext_lazy("In which sums of different currencies are added up."),
    )
    quote_days = forms.CharField(label=gettext_lazy("A quote is valid for, days"), max_length=5)
    invoice_days = forms.CharField(label=gettext_lazy("An invoice is due in, days"), max_length=5)
    quote_terms = forms.CharField(
        label=gettext_lazy("Terms on quotes"), required=False, widget=forms.Textarea(attrs=_TALL)
    )
    invoice_terms = forms.CharField(
        label=gettext_lazy("Terms on invoices"), required=False, widget=forms.Textarea(attrs=_TALL)
    )


class SeriesForm(forms.Form):
    """A number series."""

    template = forms.CharField(label=gettext_lazy("Template"), max_length=40)
    yearly = forms.BooleanField(label=gettext_lazy("Begins anew every year"), required=False)
    next_number = forms.IntegerField(label=gettext_lazy("Next number"), min_value=1, required=False)


class LetterheadForm(forms.Form):
    """The look of papers."""

    colour = forms.CharField(label=gettext_lazy("Colour"), widget=forms.TextInput(attrs={"type": "color"}))
    signer = forms.CharField(label=gettext_lazy("Signed by"), max_length=150, required=False)
    signer_post = forms.CharField(label=gettext_lazy("Post of the signer"), max_length=150, required=False)
    second_signer = forms.CharField(
        label=gettext_lazy("Signed besides by"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("A chief accountant, for example; left empty, one person signs."),
    )
    second_post = forms.CharField(label=gettext_lazy("Post of the second signer"), max_length=150, required=False)
    footer = forms.CharField(label=gettext_lazy("Line at the foot"), max_length=300, required=False)


@screen(MANAGE, methods=_BOTH)
def settings(request: HttpRequest) -> HttpResponse:
    """Everything about selling on one page."""
    row = selling()
    form = SellingForm(request.POST or None, initial=_initial())
    if request.method == "POST" and form.is_valid():
        try:
            set_selling(
                actor=actor_of(request), changes=form.cleaned_data, version=version_of(request) if row.pk else None
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:selling")
    return _page(request, form, 422 if form.errors else 200)


def _initial() -> dict[str, Any]:
    row = selling()
    return {name: getattr(row, name) for name in SellingForm.base_fields} | {"base_currency": base_currency()}


def _page(request: HttpRequest, form: SellingForm, status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localdate()
    numbers = []
    for row in series():
        last = last_number(row, today.year if row.yearly else 0)
        initial = {"template": row.template, "yearly": row.yearly, "next_number": last + 1}
        wrong = more.get("series_form") if more.get("series_of") == row.of else None
        numbers.append(
            {
                "row": row,
                "form": wrong or SeriesForm(initial=initial, prefix=row.of),
                "next": shape(row.template, last + 1, today),
            }
        )
    context = {
        "form": form,
        "row": selling(),
        "numbers": numbers,
        "types": price_types(),
        "companies": [{"company": one, "requisites": requisites_of(one)} for one in own_companies()],
        "key_error": more.get("key_error", ""),
    }
    return render(request, "crm/selling.html", context, status=status)


@screen(MANAGE, methods=("POST",))
def number_series(request: HttpRequest, of: str) -> HttpResponse:
    """How quotes or invoices are numbered."""
    if of not in {row.of for row in series()}:
        raise NotFound
    form = SeriesForm(request.POST, prefix=of)
    if form.is_valid():
        try:
            set_series(actor=actor_of(request), of=of, version=version_of(request), **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:selling")
    return _page(request, SellingForm(initial=_initial()), 422, series_form=form, series_of=of)


@screen(MANAGE, methods=("POST",))
def price_type(request: HttpRequest) -> HttpResponse:
    """A type of prices made, renamed, made the usual one, or retired."""
    actor, asked = actor_of(request), request.POST.get("type", "")
    found = access_price_type(int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    match request.POST.get("do", "add"):
        case "usual" if found is not None:
            make_usual(actor=actor, price_type=found)
        case "retire" if found is not None:
            retire_price_type(actor=actor, price_type=found)
        case "rename" if found is not None:
            rename_price_type(actor=actor, price_type=found, name=request.POST.get("name", ""))
        case _:
            add_price_type(actor=actor, name=request.POST.get("name", ""))
    toast(request, _("Saved."))
    return redirect("crm:selling")


@screen(MANAGE, methods=("POST",))
def cards(request: HttpRequest) -> HttpResponse:
    """The company's own key at Stripe, kept or forgotten. It is never shown again."""
    key = "" if request.POST.get("forget") else request.POST.get("key", "")
    if not key and not request.POST.get("forget"):
        return redirect("crm:selling")
    try:
        set_stripe_key(actor=actor_of(request), key=key)
    except Invalid as error:
        return _page(request, SellingForm(initial=_initial()), 422, key_error=" ".join(error.fields["key"]))
    toast(request, _("Saved."))
    return redirect("crm:selling")


@screen(MANAGE, methods=_BOTH)
def letterhead(request: HttpRequest, company_id: int) -> HttpResponse:
    """The look of the papers of one of our companies."""
    actor = actor_of(request)
    company = access(actor, COMPANY, company_id)
    if not company.is_own:
        raise NotFound
    look = letterhead_of(company)
    form = LetterheadForm(
        request.POST or None, initial={name: getattr(look, name) for name in LetterheadForm.base_fields}
    )
    if request.method == "POST" and form.is_valid():
        pictures: dict[str, Any] = {name: request.FILES[name] for name in PICTURES if name in request.FILES}
        pictures |= {name: None for name in PICTURES if request.POST.get(f"{name}_gone") and name not in pictures}
        try:
            set_letterhead(actor=actor, company=company, lines=form.cleaned_data, pictures=pictures)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("crm:letterhead", company.pk)
    titles = {
        "logo": _("Logo"),
        "signature": _("Signature"),
        "second_signature": _("Second signature"),
        "stamp": _("Stamp"),
    }
    shown = [{"name": name, "title": titles[name], "kept": bool(getattr(look, f"{name}_key"))} for name in PICTURES]
    context = {"company": company, "form": form, "pictures": shown, "version": look.version}
    return render(request, "crm/letterhead.html", context, status=422 if form.errors else 200)


@screen(MANAGE)
def letterhead_picture(request: HttpRequest, company_id: int, name: str) -> HttpResponse:
    """A picture of a letterhead."""
    company = access(actor_of(request), COMPANY, company_id)
    content = picture_bytes(getattr(letterhead_of(company), f"{name}_key", "")) if name in PICTURES else b""
    if not content:
        raise NotFound
    return HttpResponse(content, content_type="image/png", headers={"Cache-Control": "private, no-cache"})


@screen(MANAGE, methods=_BOTH)
def rates(request: HttpRequest) -> HttpResponse:
    """Exchange rates by day, typed in."""
    base = base_currency()
    day = _day(request.POST.get("day") or request.GET.get("day", ""))
    known = latest_rates(base)
    used = [code for code in currencies_in_use() if code != base]
    errors: dict[str, list[str]] = {}
    typed: dict[str, str] = {}
    if request.method == "POST":
        typed = {code: request.POST.get(code, "") for code in Currency.values if code in request.POST and code != base}
        try:
            changed = set_rates(actor=actor_of(request), day=day, rates=typed)
        except Invalid as error:
            errors = dict(error.fields)
        else:
            toast(request, _("Saved.") if changed else _("Nothing was changed."))
            return redirect("crm:rates")
    days = rate_days(base)
    of_day: dict[str, Any] = next((row["rates"] for row in days if row["day"] == day), {})
    shown = list(dict.fromkeys([*used, *known, *typed]))
    rest = [(code, title) for code, title in Currency.choices if code != base and code not in shown]
    lines = [
        {
            "code": code,
            "title": Currency(code).label,
            "value": typed.get(code, _plain(of_day.get(code))),
            "last": known.get(code),
            "errors": errors.get(code, []),
        }
        for code in [*shown, *(code for code, _title in rest)]
    ]
    context = {
        "base": base,
        "day": day,
        "lines": lines[: len(shown)],
        "more": lines[len(shown) :],
        "days": days[:60],
        "errors": errors,
    }
    return render(request, "crm/rates.html", context, status=422 if errors else 200)


def _plain(rate: Any) -> str:
    return "" if rate is None else number_typed(rate)


def _day(typed: str) -> date:
    try:
        return (parse_date(typed) if typed else None) or timezone.localdate()
    except ValueError:
        return timezone.localdate()
