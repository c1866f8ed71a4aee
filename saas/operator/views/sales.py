"""What is sold beside plans: add-on packs, and promotion codes."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain import addon, catalogue, catalogue_preview, promo
from billing.domain.currency import CURRENCIES
from infra.adapters.payments import payments_on
from infra.db.current import current_portal
from infra.kit.errors import Invalid, NotFound, PortalError
from infra.kit.numbers import whole_number
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.languages import NAMES
from infra.ui.toasts import toast
from saas.operator.domain.support import CONSOLE
from saas.operator.forms import SizeField
from tenants.people.models import User


class PackForm(forms.Form):
    """A pack's terms."""

    slug = forms.SlugField(label=gettext_lazy("Name in addresses"), max_length=40)
    limit = forms.ChoiceField(label=gettext_lazy("Adds to"))
    amount = SizeField(
        label=gettext_lazy("How much one pack adds"),
        help_text=gettext_lazy("A whole number, or a size such as 50 GB."),
    )
    year_months = forms.IntegerField(
        label=gettext_lazy("Months that a year costs"), min_value=1, max_value=12, initial=10
    )
    days = forms.IntegerField(
        label=gettext_lazy("Bought once, lasts days"), required=False, min_value=0, max_value=3650,
        help_text=gettext_lazy("Empty: a part of the plan, paid with it. Minutes can be bought once, from the wallet."),
    )  # fmt: skip
    on_sale = forms.BooleanField(label=gettext_lazy("On sale"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(limit.key, str(limit.title)) for limit in registry.limits]
        offer(self, "limit", choices)
        for code in settings.LANGUAGES_OFFERED:
            label = _("Name (%(language)s)") % {"language": NAMES[code]}
            self.fields[f"titles.{code}"] = forms.CharField(label=label, max_length=60, required=code == "en")
        for code in CURRENCIES:
            label = _("Price, %(currency)s") % {"currency": code}
            self.fields[f"prices.{code}"] = forms.CharField(label=label, max_length=20)

    def terms(self) -> addon.AddOnTerms:
        """What was filled in. Raises Invalid for a price that is none."""
        data = self.cleaned_data
        return addon.AddOnTerms(
            titles={code: data[f"titles.{code}"] for code in settings.LANGUAGES_OFFERED if data[f"titles.{code}"]},
            prices={code: catalogue.parse_price(data[f"prices.{code}"]) for code in CURRENCIES},
            year_months=data["year_months"],
            gives={data["limit"]: data["amount"]},
            days=data["days"] or 0,
        )


class CodeForm(forms.Form):
    """A new promotion code."""

    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    percent = forms.DecimalField(label=gettext_lazy("Percent off"), required=False, max_digits=5, decimal_places=2)
    amount = forms.DecimalField(label=gettext_lazy("Or an amount off"), required=False, max_digits=12, decimal_places=3)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency of the amount"), choices=[(code, code) for code in CURRENCIES]
    )
    months = forms.IntegerField(
        label=gettext_lazy("For how many months"), required=False, min_value=1, max_value=120,
        help_text=gettext_lazy("Empty: for good."),
    )  # fmt: skip
    most = forms.IntegerField(label=gettext_lazy("For how many companies at most"), required=False, min_value=1)
    expires = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    note = forms.CharField(label=gettext_lazy("Purpose of the code"), required=False, max_length=300)


@screen(permission=CONSOLE)
def packs(request: HttpRequest) -> HttpResponse:
    """Every pack with its version on sale."""
    return render(request, "operator/packs.html", {"packs": addon.all_addons()})


@screen(permission=CONSOLE, methods=("GET", "POST"))
def pack(request: HttpRequest, slug: str) -> HttpResponse:
    """One pack, or a new one; a version is made as it was shown before, portals keep what they have."""
    known = None if slug == "new" else addon.addon_by_slug(slug)
    form = PackForm(request.POST or None, initial=_initial(known))
    more: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        name, on_sale = form.cleaned_data["slug"], form.cleaned_data["on_sale"]
        try:
            terms = form.terms()
            shown = catalogue_preview.mark(terms, known.number if known is not None else 0, name, on_sale)
            if "publish" in request.POST and request.POST.get("shown") == shown:
                addon.publish_addon(actor=cast(User, request.user), slug=name, terms=terms, on_sale=on_sale)
                toast(request, _("This counts from now on; who has the pack keeps it."))
                return redirect("operator:packs")
            more = {"effect": catalogue_preview.preview_pack(name, terms, on_sale=on_sale), "shown": shown}
        except Invalid as error:
            form_errors(form, error)
    context = {"form": form, "pack": known, **more}
    return render(request, "operator/pack.html", context, status=422 if form.errors else 200)


def _initial(known: Any) -> dict[str, Any]:
    if known is None:
        return {}
    limit, amount = next(iter(known.gives.items()))
    if registry.limit(limit).unit == "bytes":
        amount = SizeField().written(amount)
    initial: dict[str, Any] = {
        "slug": known.addon.slug,
        "limit": limit,
        "amount": amount,
        "year_months": known.year_months,
    }
    initial |= {"on_sale": known.addon.on_sale, "days": known.days or None}
    initial |= {f"titles.{code}": text for code, text in known.titles.items()}
    return initial | {f"prices.{code}": amount for code, amount in known.prices.items()}


@screen(permission=CONSOLE, methods=("GET", "POST"))
def codes(request: HttpRequest) -> HttpResponse:
    """Promotion codes, and the form for a new one."""
    actor, portal = cast(User, request.user), current_portal()
    if request.method == "POST" and (ended := request.POST.get("end")):
        number = whole_number(ended)
        found = promo.code_by_id(number) if number is not None else None
        if found is None:
            raise NotFound
        promo.end_code(actor=actor, portal=portal, code=found)
        toast(request, _("Nobody can use the code any more."))
        return redirect("operator:codes")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        expires = data.pop("expires")
        try:
            promo.make_code(
                actor=actor,
                portal=portal,
                **data,
                expires_at=datetime.combine(expires, time.max, UTC) if expires else None,
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("The code can be used now."))
            return redirect("operator:codes")
    context = {"form": form, "codes": promo.codes(), "payments_on": payments_on()}
    return render(request, "operator/codes.html", context, status=422 if form.errors else 200)
