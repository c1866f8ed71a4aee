"""Prices, from the catalogue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from billing.contracts import Period
from billing.domain.currency import CURRENCIES
from billing.domain.offers import currency_or_default, offers, period_or_default
from infra.kit.screens import public_page
from saas.site.comparison import comparison, headlines, usual_currency
from saas.site.questions import PRICING as QUESTIONS


@public_page(reason="what the plans cost")
def pricing(request: HttpRequest) -> HttpResponse:
    """All plans on sale; currency and period are in the address, so a view can be shared."""
    currency = currency_or_default(request.GET.get("currency", ""), usual_currency())
    period = period_or_default(request.GET.get("period", ""))
    on_sale = offers(currency=currency, period=period)
    return render(
        request,
        "site/pricing.html",
        {
            "offers": [(offer, headlines(offer)) for offer in on_sale],
            "groups": comparison(on_sale),
            "questions": QUESTIONS,
            "currency": currency,
            "period": period,
            "currencies": CURRENCIES,
            "periods": [(Period.MONTH, _("Monthly")), (Period.YEAR, _("Yearly"))],
        },
    )
