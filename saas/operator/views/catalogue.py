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
from billing.domain.currency import CURRENCIES
from billing.models import Plan, PlanVersion
from infra.kit.errors import Invalid
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.languages import NAMES
from infra.ui.toasts import toast
from saas.operator.domain.support import CONSOLE
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
            field = forms.CharField(label=_("A month, %(currency)s") % {"currency": code}, max_length=20)
            self._add(f"prices.{code}", field, terms.prices.get(code, ""))
        self._add(
            "year_months",
            forms.IntegerField(label=_("Months that a year costs"), min_value=1, max_value=12),
            terms.year_months,
        )
        for limit in registry.limits:
            self._add(
                f"limits.{limit.key}",
                forms.IntegerField(
                    label=str(limit.title),
                    required=False,
                    min_value=0,
                    max_value=catalogue.LARGEST,
                    help_text=_("In %(unit)s; empty for unlimited.") % {"unit": limit.unit},
                ),
                terms.limits.get(limit.key, 0),
            )
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


@screen(permission=CONSOLE)
def plans(request: HttpRequest) -> HttpResponse:
    """All plans with the version on sale."""
    return render(request, "operator/plans.html", {"versions": catalogue.plans_on_sale(), "limits": registry.limits})


@screen(permission=CONSOLE, methods=("GET", "POST"))
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan: its versions, and the form that makes the next one (shown before); portals keep what they have."""
    found = catalogue.plan_by_slug(slug)
    current = catalogue.current_version(found)
    form, effect = TermsForm(current.terms, request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            if "publish" not in request.POST:
                effect = catalogue_preview.preview(found, form.terms())
                return _plan_page(request, found, current, form, effect)
            version = catalogue.publish_version(
                actor=cast(User, request.user), plan=found, terms=form.terms(), note=form.cleaned_data["note"]
            )
        except Invalid as error:
            for name, texts in (error.fields or {"": [str(error)]}).items():
                form.add_error(name if name in form.fields else None, texts)
        else:
            toast(request, _("Version %(number)d is on sale.") % {"number": version.number})
            return redirect("operator:plan_versions", slug=slug)
    return _plan_page(request, found, current, form, effect)


def _plan_page(
    request: HttpRequest, found: Plan, current: PlanVersion, form: TermsForm, effect: catalogue_preview.Effect | None
) -> HttpResponse:
    versions = catalogue.versions_of(found)
    context = {"form": form, "plan": current, "versions": versions, "effect": effect}
    return render(request, "operator/plan.html", context, status=422 if form.errors else 200)
