"""Registration on the service's host."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, TypeVar, cast

from csp.decorators import csp_update
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from infra.adapters import mail
from infra.kit.errors import Invalid, PortalError
from infra.kit.screens import public_page
from infra.ui.forms import form_errors
from infra.ui.letters import render_letter
from saas.signup.domain import protection
from saas.signup.domain.registration import Company, Registered, is_registered, register_company
from saas.signup.forms import SignupForm, currency_of, offered_locale
from saas.throttle import Rate, throttle, visitor
from tenants.portals.models.portal import url_of
from tenants.portals.public import check_address, suggest_address

LOOKS = Rate(120, 60)
_REGION = re.compile(r"^[a-z]{2,3}-([A-Z]{2})\b")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def to_portals(view: View) -> View:
    """Let the answer to the page's form lead to a portal's own host."""
    hosts = f"{settings.PUBLIC_SCHEME}://*.{settings.BASE_DOMAIN}{settings.PUBLIC_PORT}"
    return cast(View, csp_update({"form-action": [hosts]})(view))


@public_page(reason="a company registers", methods=("GET", "POST"))
@never_cache
@sensitive_post_parameters("password")
@to_portals
def signup(request: HttpRequest) -> HttpResponse:
    """The form; sent, it makes the portal and leads the owner into it."""
    if request.method == "POST":
        return _register(request)
    carried = protection.read_letter_proof(request.GET.get("letter", "")) or {}
    initial = {name: carried.get(name, "") for name in ("company", "name", "email", "address")}
    initial["letter"] = request.GET["letter"] if carried else ""
    return _page(request, SignupForm(initial=initial))


def _register(request: HttpRequest) -> HttpResponse:
    form = SignupForm(request.POST)
    who = visitor(request)
    try:
        protection.count_try(who)
        if not form.is_valid():
            return _page(request, form, status=422)
        data = form.cleaned_data
        if data["website"]:
            raise Invalid(_("This does not look like a person. If you are one, leave the field “website” empty."))
        number = _number(data)
        if not number:
            return _by_letter(request, form)
        if not is_registered(number):
            check_address(data["address"])
            protection.count_registration(who)
        registered = register_company(form=number, company=_company(request, data))
    except PortalError as error:
        form.is_valid()
        form_errors(form, error)
        return _page(request, form, status=422 if error.status < 429 else error.status)
    return HttpResponseRedirect(entry_url(registered))


def _number(data: dict[str, Any]) -> str:
    """The number of a form whose sender has proven to be no robot; "" where a letter must prove it."""
    carried = protection.read_letter_proof(data["letter"])
    if carried is not None and carried["email"] == data["email"].strip().lower():
        return carried["form"]
    number = protection.read_form(data["form"])
    if not data["proof"]:
        return ""
    protection.check_proof(number, data["proof"])
    return number


def _by_letter(request: HttpRequest, form: SignupForm) -> HttpResponse:
    """Without JavaScript there is no proof of work: a link in a letter stands in for it."""
    data = form.cleaned_data
    email = data["email"].strip().lower()
    throttle("signup-letter", visitor(request), protection.LETTERS)
    throttle("signup-letter", email, protection.LETTERS)
    number = signing.TimestampSigner(salt=protection.FORM).unsign(data["form"])
    proof = protection.letter_proof({"form": number, "email": email, **form.typed("company", "name", "address")})
    letter = render_letter(
        "signup/letters/go_on",
        {"url": f"{url_of(settings.BASE_DOMAIN)}{reverse('signup')}?letter={proof}", "company": data["company"]},
        language=get_language() or "",
    )
    mail.send(email, letter.subject, letter.text, letter.html)
    return render(request, "signup/mailed.html", {"email": email})


def _company(request: HttpRequest, data: dict[str, Any]) -> Company:
    locale = offered_locale(get_language() or "")
    match = _REGION.match(request.headers.get("Accept-Language", ""))
    region = match[1] if match else ""
    return Company(
        company=data["company"],
        name=data["name"],
        email=data["email"],
        password=data["password"],
        address=data["address"],
        locale=locale,
        region=region,
        time_zone=data["time_zone"],
        currency=currency_of(region, locale),
    )


def entry_url(registered: Registered) -> str:
    """Where the new owner goes: through the portal's door with the ticket, or to its sign-in page."""
    path = f"/welcome/{registered.ticket}/" if registered.ticket else "/"
    return registered.portal.url + path


def _page(request: HttpRequest, form: SignupForm, status: int = 200) -> HttpResponse:
    token = form.data.get("form", "") if form.is_bound else ""
    try:
        number = signing.TimestampSigner(salt=protection.FORM).unsign(token, max_age=protection.OLDEST)
        issued = protection.IssuedForm(token=token, challenge=protection.challenge_for(number))
    except signing.BadSignature:
        issued = protection.issue_form()
    return render(
        request,
        "signup/form.html",
        {
            "form": form,
            "form_token": issued.token,
            "challenge_json": json.dumps(issued.challenge),
            "letter": form["letter"].value() or "",
            "suffix": f".{settings.BASE_DOMAIN}",
        },
        status=status,
    )


@public_page(reason="the address field says at once whether it is free")
@never_cache
def address_state(request: HttpRequest) -> HttpResponse:
    """Whether the typed address can be had, as a fragment for below the field."""
    throttle("signup-look", visitor(request), LOOKS)
    typed = request.GET.get("address", "")
    context: dict[str, Any] = {"address": "", "problem": ""}
    if typed.strip():
        try:
            context["address"] = check_address(typed)
        except Invalid as error:
            context["problem"] = str(error)
    return render(request, "signup/address_state.html", {**context, "suffix": f".{settings.BASE_DOMAIN}"})


@public_page(reason="suggests an address while the company's name is typed")
@never_cache
def suggestion(request: HttpRequest) -> JsonResponse:
    """A free address made from the company's name."""
    throttle("signup-look", visitor(request), LOOKS)
    return JsonResponse({"address": suggest_address(request.GET.get("company", "")[:150])})
