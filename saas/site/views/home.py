"""The service's home."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing.contracts import Period
from billing.domain.offers import offers
from infra.kit.registry import registry
from infra.kit.screens import public_page
from saas.settings.apps import MODULES
from saas.site.comparison import usual_currency
from saas.site.questions import HOME


@public_page(reason="the service's home")
def home(request: HttpRequest) -> HttpResponse:
    """What the service is, and the way to register."""
    modules = [registry.modules[package.rpartition(".")[2]] for package in MODULES]
    context = {
        "modules": modules,
        "questions": HOME,
        "offers": offers(currency=usual_currency(), period=Period.MONTH),
    }
    return render(request, "site/home.html", context)
