"""The service's home."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from infra.kit.registry import registry
from infra.kit.screens import public_page
from saas.settings.apps import MODULES


@dataclass(frozen=True)
class Question:
    """One of the questions people ask before they register."""

    title: str
    answer: str


def _questions() -> list[Question]:
    return [
        Question(
            _("What happens after the thirty days?"),
            _(
                "The portal goes on with the Free plan by itself. Nothing is deleted. If you use more than that plan "
                "gives, you can still work for fourteen days; after that the portal can only be read until it fits, "
                "or until you choose a larger plan."
            ),
        ),
        Question(
            _("Do you charge per person?"),
            _("No. A plan is for the whole company; the price does not change when somebody joins."),
        ),
        Question(
            _("Who can see our data?"),
            _(
                "The people of your company, as far as their roles reach. Every company has a database schema of its "
                "own. Our staff cannot enter a portal unless its owner lets them in, for a limited time and a stated "
                "reason, and everything they do there is in your audit log."
            ),
        ),
        Question(
            _("Can programs work with it?"),
            _(
                "Yes. What the screens do, the REST API does too, on every plan. It is described at /api/v1/docs of "
                "your portal."
            ),
        ),
        Question(
            _("Does it work on a phone?"),
            _("Yes, in the browser, on every screen. There is nothing to install."),
        ),
    ]


@public_page(reason="the service's home")
def home(request: HttpRequest) -> HttpResponse:
    """What the service is, and the way to register."""
    modules = [registry.modules[package.rpartition(".")[2]] for package in MODULES]
    return render(request, "site/home.html", {"modules": modules, "questions": _questions()})
