"""Choosing a plan: what it costs, what it touches, and the click that does exactly that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from billing.contracts import Period
from billing.domain import addon, change, choice, entitlement, memory, offers, promo, simulator, usage
from billing.domain.basket import Basket
from billing.domain.change import Way
from billing.models.plan import in_language
from billing.views.policy import may_lead_to_stripe
from infra.adapters.payments import major
from infra.db.current import current_portal, current_schema
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.toasts import toast
from tenants.people.models import User


def _basket(request: HttpRequest, slug: str) -> Basket:
    """What the address asks for. Raises NotFound for no plan on sale, Invalid for packs that are none."""
    data = request.POST if request.method == "POST" else request.GET
    asked = {name.removeprefix("pack."): text for name, text in data.items() if name.startswith("pack.")}
    return choice.basket_of(
        plan=slug,
        period=offers.period_or_default(data.get("period", "")),
        counts={pack: whole_number(str(text) or "0") for pack, text in asked.items()},
        portal_id=current_portal().id,
    )


@screen(permission="billing.plan.manage", methods=("GET", "POST"))
@never_cache
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan, looked at before it is chosen; a POST chooses it."""
    basket = _basket(request, slug)
    if request.method == "POST":
        return _accept(request, basket)
    return _page(request, basket)


def _page(request: HttpRequest, basket: Basket, wrong: PortalError | None = None) -> HttpResponse:
    portal, schema = current_portal(), current_schema()
    currency = change.currency_of(portal)
    considered = change.consider(portal=portal, basket=basket, currency=currency, at=_whole_second())
    rights = memory.entitlements(schema)
    code, off = request.POST.get("code") or request.GET.get("code", ""), None
    code_wrong = ""
    if considered.way is Way.BUY and code:
        try:
            off = promo.discounted(considered.price, promo.check(code=code, portal=portal, currency=currency), currency)
        except Invalid as error:
            code_wrong = error.fields["code"][0]
    preview = considered.preview
    touches = simulator.simulate(
        rights=rights,
        meters=usage.meters(rights),
        limits=basket.limits(),
        features=basket.version.terms.features,
    )
    context = {
        "basket": basket,
        "title": basket.version.title,
        "considered": considered,
        "way": considered.way.value,
        "due": off if off is not None else considered.due,
        "full": considered.price if off is not None else None,
        "lines": [
            {"text": line.text, "amount": major(line.amount, currency)} for line in (preview.lines if preview else ())
        ],
        "balance": major(preview.total - preview.due, currency) if preview and preview.total != preview.due else None,
        "currency": currency,
        "touches": touches,
        "grace_days": entitlement.GRACE.days,
        "over": [touch for touch in touches if touch.over],
        "rights": rights,
        "now_title": in_language(dict(rights.plan_titles)),
        "packs": _packs(basket, currency),
        "periods": _periods(basket),
        "code": code,
        "code_wrong": code_wrong,
        "wrong": wrong,
        "token": choice.seal(considered, portal.id),
        "click": uuid4().hex,
        "here": request.path,
        "on_trial": rights.trial_ends_at is not None,
    }
    return may_lead_to_stripe(render(request, "billing/choose.html", context, status=wrong.status if wrong else 200))


def _packs(basket: Basket, currency: str) -> list[dict[str, Any]]:
    if not any(basket.version.terms.prices.values()):
        return []
    counts = {pack.pk: count for pack, count in basket.packs.items()}
    return [
        {
            "slug": pack.addon.slug,
            "title": pack.title,
            "price": pack.price(currency, basket.period),
            "count": counts.get(pack.pk, 0),
        }
        for pack in addon.addons_on_sale()
        if currency in pack.prices and addon.adds_to(pack, basket.version)
    ]


def _periods(basket: Basket) -> list[dict[str, Any]]:
    if not any(basket.version.terms.prices.values()):
        return []
    packs = "".join(f"&pack.{pack.addon.slug}={count}" for pack, count in basket.packs.items())
    return [
        {"key": Period.MONTH, "title": _("Monthly"), "url": f"?period=month{packs}"},
        {"key": Period.YEAR, "title": _("Yearly"), "url": f"?period=year{packs}"},
    ]


def _whole_second() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _accept(request: HttpRequest, basket: Basket) -> HttpResponse:
    portal = current_portal()
    click = request.POST.get("click", "")[:32]
    try:
        shown = choice.unseal(request.POST.get("token", ""), portal.id)
        if shown.basket.written() != basket.written():
            raise change.PriceMoved
        url = change.accept(
            actor=cast(User, request.user),
            portal=portal,
            basket=basket,
            currency=change.currency_of(portal),
            cause=f"click:{click}",
            return_url=request.build_absolute_uri(reverse("billing:paid")),
            shown_at=shown.at,
            shown_due=shown.due,
            code=request.POST.get("code", ""),
        )
    except (change.PriceMoved, Invalid) as error:
        return _page(request, basket, error)
    if url:
        return HttpResponseRedirect(url)
    toast(request, _("Done. What counts now and from when is on this page."))
    return redirect("billing:plan")


@screen(permission="billing.plan.manage", methods=("POST",))
def keep(request: HttpRequest) -> HttpResponse:
    """Undo a cancellation or a planned change."""
    change.keep_as_is(
        actor=cast(User, request.user), portal=current_portal(), cause=f"click:{request.POST.get('click', '')[:32]}"
    )
    toast(request, _("Your plan goes on as it is."))
    return redirect("billing:plan")
