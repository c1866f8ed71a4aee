"""The catalogue: products by section, their prices, pictures and variants."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import may, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui import panels
from infra.ui.lists import Column
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain.access import access
from modules.crm.domain.kinds import PRODUCT
from modules.crm.domain.money import price_typed
from modules.crm.domain.people import default_currency
from modules.crm.domain.selling.price_type import price_types
from modules.crm.domain.selling.prices import prices_of, set_prices, with_usual_price
from modules.crm.domain.selling.product_picture import picture_of, set_picture
from modules.crm.domain.selling.product_section import access_section, delete_section, section_tree, set_section
from modules.crm.models import Currency
from modules.crm.views.asking import actor_of, optional_number
from modules.crm.views.listing import RecordList


class ProductList(RecordList):
    """Products, with the sections beside them."""

    kind = PRODUCT
    template_name = "crm/products.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not hasattr(self, "columns") or not self.columns:
            return
        price = Column(
            "price",
            gettext_lazy("Price"),
            kind="money",
            value=lambda row: row.usual_price,
            currency=lambda row: self.currency,
        )
        self.columns = [*self.columns[:2], price, *self.columns[2:]]

    @property
    def currency(self) -> str:
        """In which currency the list shows prices."""
        return default_currency()

    def rows(self) -> QuerySet[Any, Any]:
        rows: QuerySet[Any, Any] = with_usual_price(super().rows(), self.currency)
        return rows

    def extra_context(self) -> dict[str, Any]:
        return {
            **super().extra_context(),
            "tree": section_tree(),
            "section": self.request.GET.get("section", ""),
            "may_edit_sections": may(self.actor, PRODUCT.permission("edit"), Scope.ALL),
        }


product_list = screen(PRODUCT.permission("view"), methods=("GET", "POST"))(ProductList.as_view())


@screen(PRODUCT.permission("edit"), methods=("GET", "POST"))
def prices(request: HttpRequest, record_id: int) -> HttpResponse:
    """The grid of prices of a product: types down, currencies across."""
    actor = actor_of(request)
    product = access(actor, PRODUCT, record_id)
    types = price_types()
    kept = {(row.type_id, row.currency): row.amount for row in prices_of(product)}
    added = request.GET.get("currency", "")
    currencies = [default_currency(), *sorted({code for _type, code in kept} - {default_currency()})]
    if added in Currency.values and added not in currencies:
        currencies.append(added)
    given: dict[tuple[int, str], str] = {}
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        currencies = [code for code in request.POST.getlist("currencies") if code in Currency.values]
        given = {(row.pk, code): request.POST.get(f"{row.pk}:{code}", "") for row in types for code in currencies}
        try:
            set_prices(actor=actor, product=product, prices=given)
        except Invalid as error:
            errors = dict(error.fields)
        else:
            card = reverse("crm:product", args=[product.pk])
            return panels.refresh(request, toast=_("Saved."), fallback=card)
    context = {
        "record": product,
        "currencies": currencies,
        "more": [(code, title) for code, title in Currency.choices if code not in currencies],
        "grid": [
            {
                "type": row,
                "cells": [
                    {
                        "name": f"{row.pk}:{code}",
                        "currency": code,
                        "value": given.get((row.pk, code), _plain(kept.get((row.pk, code)), code)),
                        "errors": errors.get(f"{row.pk}:{code}", []),
                    }
                    for code in currencies
                ],
            }
            for row in types
        ],
    }
    back = reverse("crm:product", args=[product.pk])
    status = 422 if errors else 200
    return render_panel(request, "crm/prices.html", context, back=back, back_text=str(product), status=status)


def _plain(amount: Any, currency: str) -> str:
    return "" if amount is None else price_typed(amount, currency)


@screen(PRODUCT.permission("edit"), methods=("POST",))
def picture_set(request: HttpRequest, record_id: int) -> HttpResponse:
    """Another picture of a product, or none."""
    actor = actor_of(request)
    product = access(actor, PRODUCT, record_id)
    set_picture(actor=actor, product=product, upload=request.FILES.get("picture"))
    return panels.refresh(request, toast=_("Saved."), fallback=reverse("crm:product", args=[product.pk]))


@screen(PRODUCT.permission("view"))
def picture(request: HttpRequest, record_id: int) -> HttpResponse:
    """The picture of a product."""
    product = access(actor_of(request), PRODUCT, record_id)
    content = picture_of(product)
    if not content:
        raise NotFound
    return HttpResponse(content, content_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


@screen(PRODUCT.permission("edit"), methods=("GET", "POST"))
def sections(request: HttpRequest) -> HttpResponse:
    """The sections of the catalogue: made, renamed, moved."""
    require_permission(actor_of(request), PRODUCT.permission("edit"), Scope.ALL)
    errors: dict[str, list[str]] = {}
    if request.method == "POST":
        section_id = optional_number(request.POST.get("section", ""))
        try:
            set_section(
                actor=actor_of(request),
                name=request.POST.get("name", ""),
                parent_id=optional_number(request.POST.get("parent", "")),
                section=access_section(section_id) if section_id else None,
            )
        except Invalid as error:
            errors = dict(error.fields)
        else:
            toast(request, _("Saved."))
            return redirect("crm:sections")
    context = {"tree": section_tree(), "errors": errors, "typed": request.POST.get("name", "")}
    return render(request, "crm/sections.html", context, status=422 if errors else 200)


@screen(PRODUCT.permission("edit"), methods=("POST",))
def section_remove(request: HttpRequest, section_id: int) -> HttpResponse:
    """A section removed; its products stay."""
    section = access_section(section_id)
    delete_section(actor=actor_of(request), section=section)
    toast(request, _("“%(name)s” is gone; its products stay, without a section.") % {"name": section.name})
    return redirect("crm:sections")
