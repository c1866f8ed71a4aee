"""Registration for programs: `POST /api/v1/portals` on the service's host.

`GET /api/v1/portals/challenge` gives `{"form": "…", "challenge": {algorithm, challenge, maxNumber, salt, signature}}`.
Find the number (0 to maxNumber) for which SHA-256 of salt followed by the decimal number is `challenge`, in
hexadecimal. `proof` is Base64 of the JSON object `{algorithm, challenge, number, salt, signature}`. A form makes one
portal: sending it again answers with the same one. It is taken two seconds after it was given at the earliest, twelve
hours at the latest. Throttled like the page, with the same counters; refusals are RFC 9457 problem documents.
"""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from infra.kit.errors import Invalid, TooLarge
from infra.kit.screens import public_page
from saas.signup.domain import protection
from saas.signup.domain.registration import Company, is_registered, register_company
from saas.signup.forms import SignupForm, currency_of, offered_locale
from saas.signup.views.form import LOOKS, entry_url
from saas.throttle import throttle, visitor
from tenants.portals.public import check_address

LARGEST_BODY = 16 * 1024


@csrf_exempt
@public_page(reason="a program registers a company", methods=("POST",))
@never_cache
def portals(request: HttpRequest) -> JsonResponse:
    """Make a portal; 201 with its address and a link that signs the owner in once, 200 when the form made it before."""
    who = visitor(request)
    protection.count_try(who)
    body = _body(request)
    form = SignupForm({key: value for key, value in body.items() if isinstance(value, str)})
    if not form.is_valid():
        raise Invalid(fields={name: [str(text) for text in texts] for name, texts in form.errors.items()})
    data = form.cleaned_data
    number = protection.read_form(data["form"])
    protection.check_proof(number, data["proof"])
    if not is_registered(number):
        check_address(data["address"])
        protection.count_registration(who)
    locale, region = offered_locale(str(body.get("locale", ""))), str(body.get("region", ""))
    registered = register_company(
        form=number,
        company=Company(
            company=data["company"],
            name=data["name"],
            email=data["email"],
            password=data["password"],
            address=data["address"],
            locale=locale,
            region=region,
            time_zone=data["time_zone"],
            currency=currency_of(region.upper(), locale),
        ),
    )
    portal = registered.portal
    return JsonResponse(
        {
            "name": portal.name,
            "address": portal.slug,
            "url": portal.url,
            "trial_ends_at": portal.trial_ends_at.isoformat() if portal.trial_ends_at else None,
            "enter_url": entry_url(registered),
        },
        status=201 if registered.is_new else 200,
        headers={"Location": portal.url},
    )


@public_page(reason="the task a program solves before it registers")
@never_cache
def challenge(request: HttpRequest) -> JsonResponse:
    """A form number and its proof-of-work task."""
    throttle("signup-look", visitor(request), LOOKS)
    issued = protection.issue_form()
    return JsonResponse({"form": issued.token, "challenge": issued.challenge, "send_to": reverse("api_portals")})


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > LARGEST_BODY:
        raise TooLarge
    try:
        body = orjson.loads(request.body)  # refuses what is nested too deep, where the standard library breaks
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Invalid(code="not_json")
    return body
