"""The plan catalogue: what is on sale, and new versions of it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.contracts import PlanTerms
from billing.domain import catalogue, catalogue_preview
from billing.domain import plan as plan_verbs
from billing.domain.currency import CURRENCIES
from billing.models import Plan, PlanVersion
from infra.kit.errors import Invalid, PortalError
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.languages import NAMES
from infra.ui.toasts import toast
from saas.operator.domain.support import CONSOLE
from saas.operator.forms import SizeField
from tenants.people.models import User


class TermsForm(forms.Form):
    """A plan's terms, a field for each price, limit and feature that exists."""

    note = forms.CharField(
        label=gettext_lazy("What changes"), max_length=300, help_text=gettext_lazy("For the list of versions.")
    )

    def __init__(self, terms: PlanTerms, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code in settings.LANGUAGES_OFFERED:
            self._add(
                f"titles.{code}",
                forms.CharField(
                    label=_("Name (%(language)s)") % {"language": NAMES[code]}, max_length=60, required=code == "en"
                ),
                terms.titles.get(code, ""),
            )
            self._add(
                f"summaries.{code}",
                forms.CharField(
                    label=_("In a line (%(language)s)") % {"language": NAMES[code]}, max_length=200, required=False
                ),
                terms.summaries.get(code, ""),
            )
        for code in CURRENCIES:
            price = forms.CharField(label=_("A month, %(currency)s") % {"currency": code}, max_length=20)
            self._add(f"prices.{code}", price, terms.prices.get(code, ""))
        self._add(
            "year_months",
            forms.IntegerField(label=_("Months that a year costs"), min_value=1, max_value=12),
            terms.year_months,
        )
        for limit in registry.limits:
            if limit.unit == "bytes":
                help_text = _("Such as 5 GB or 1.5 TB; empty for unlimited.")
                size = SizeField(label=str(limit.title), required=False, help_text=help_text)
                self._add(f"limits.{limit.key}", size, size.written(terms.limits.get(limit.key, 0)))
                continue
            field = forms.IntegerField(
                label=str(limit.title), required=False, min_value=0, max_value=catalogue.LARGEST,
                help_text=_("Empty for unlimited."),
            )  # fmt: skip
            self._add(f"limits.{limit.key}", field, terms.limits.get(limit.key, 0))
        for feature in registry.features:
            self._add(
                f"features.{feature.key}",
                forms.BooleanField(label=str(feature.title), required=False),
                terms.features.get(feature.key, False),
            )

    def _add(self, name: str, field: forms.Field, value: Any) -> None:
        self.fields[name] = field
        self.initial[name] = value

    def terms(self) -> PlanTerms:
        """What was filled in. Raises Invalid for a price that is none."""
        data = self.cleaned_data

        def part(name: str) -> dict[str, Any]:
            return {key.partition(".")[2]: value for key, value in data.items() if key.startswith(f"{name}.")}

        return PlanTerms(
            titles={code: text for code, text in part("titles").items() if text},
            summaries={code: text for code, text in part("summaries").items() if text},
            prices={code: catalogue.parse_price(text) for code, text in part("prices").items()},
            year_months=data["year_months"],
            features=part("features"),
            limits=part("limits"),
        )


class NewPlanForm(TermsForm):
    """A plan that the release does not have."""

    slug = forms.SlugField(label=gettext_lazy("Name in addresses"), max_length=40)
    field_order = ("slug", "note")


class SaleForm(forms.Form):
    """Whether a plan can be chosen; of the trial's plan, for how long it is tried."""

    on_sale = forms.BooleanField(label=gettext_lazy("On sale"), required=False)
    trial_days = forms.IntegerField(
        label=gettext_lazy("Days that a new portal tries it"), min_value=1, max_value=plan_verbs.LONGEST_TRIAL
    )

    def __init__(self, plan: Plan, data: Any = None) -> None:
        initial = {"on_sale": plan.on_sale, "trial_days": plan.trial_days}
        super().__init__(data, initial=initial, auto_id="sale_%s")
        if plan.role != Plan.Role.TRIAL:
            del self.fields["trial_days"]


@screen(permission=CONSOLE)
def plans(request: HttpRequest) -> HttpResponse:
    """All plans with their newest version."""
    return render(request, "operator/plans.html", {"versions": catalogue.all_plans()})


@screen(permission=CONSOLE, methods=("GET", "POST"))
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan: its versions, and the form that makes the next one, which counts as it was shown before; portals keep
    what they have."""
    found = catalogue.plan_by_slug(slug)
    current = catalogue.current_version(found)
    form = TermsForm(current.terms, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            terms = form.terms()
            shown = catalogue_preview.mark(terms, current.number)
            if "publish" not in request.POST or request.POST.get("shown") != shown:
                effect = catalogue_preview.preview(found, terms)
                return _plan_page(request, found, current, form, effect=effect, shown=shown)
            version = catalogue.publish_version(
                actor=cast(User, request.user), plan=found, terms=terms, note=form.cleaned_data["note"]
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Version %(number)d is on sale.") % {"number": version.number})
            return redirect("operator:plan_versions", slug=slug)
    return _plan_page(request, found, current, form)


@screen(permission=CONSOLE, methods=("POST",))
def sale(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a plan on sale or take it away, and set the trial's days."""
    found = catalogue.plan_by_slug(slug)
    form = SaleForm(found, request.POST)
    if form.is_valid():
        try:
            plan_verbs.set_sale(actor=cast(User, request.user), plan=found, **form.cleaned_data)
        except PortalError as error:
            form_errors(form, error)
        else:
            toast(request, _("This counts from now on; who has the plan keeps it."))
            return redirect("operator:plan_versions", slug=slug)
    current = catalogue.current_version(found)
    return _plan_page(request, found, current, TermsForm(current.terms), sale=form)


@screen(permission=CONSOLE, methods=("GET", "POST"))
def copy(request: HttpRequest, slug: str) -> HttpResponse:
    """A new plan that begins as another one is."""
    like = catalogue.plan_by_slug(slug)
    form = NewPlanForm(catalogue.current_version(like).terms, request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = plan_verbs.add_plan(
                actor=cast(User, request.user), slug=data["slug"], after=like, terms=form.terms(), note=data["note"]
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("The plan is on sale."))
            return redirect("operator:plan_versions", slug=made.plan.slug)
    context = {"form": form, "like": catalogue.current_version(like)}
    return render(request, "operator/plan_copy.html", context, status=422 if form.errors else 200)


def _plan_page(request: HttpRequest, found: Plan, current: PlanVersion, form: TermsForm, **more: Any) -> HttpResponse:
    context = {"form": form, "plan": current, "versions": catalogue.versions_of(found), "sale": SaleForm(found), **more}
    wrong = form.errors or context["sale"].errors
    return render(request, "operator/plan.html", context, status=422 if wrong else 200)
