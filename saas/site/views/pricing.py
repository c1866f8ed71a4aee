"""Prices, from the catalogue."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from billing.contracts import Period
from billing.domain.catalogue import CURRENCIES
from billing.domain.offers import currency_or_default, offers, period_or_default
from infra.kit.screens import public_page


@public_page(reason="what the plans cost")
def pricing(request: HttpRequest) -> HttpResponse:
    """All plans on sale; currency and period are in the address, so a view can be shared."""
    usual = "RUB" if (get_language() or "").startswith("ru") else "USD"
    currency = currency_or_default(request.GET.get("currency", ""), usual)
    period = period_or_default(request.GET.get("period", ""))
    return render(
        request,
        "site/pricing.html",
        {
            "offers": offers(currency=currency, period=period),
            "currency": currency,
            "period": period,
            "currencies": CURRENCIES,
            "periods": [(Period.MONTH, _("Monthly")), (Period.YEAR, _("Yearly"))],
        },
    )
