"""Minutes bought once from the wallet."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from billing.domain.wallet_settings import MANAGE, VIEW
from billing.rating.domain import packs
from infra.db.current import current_portal
from infra.kit.errors import Invalid
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from tenants.people.models import User


@screen(permission=MANAGE, methods=("POST",))
def buy(request: HttpRequest) -> HttpResponse:
    """Buy a pack; the same click twice buys it once."""
    version_id = whole_number(request.POST.get("pack", ""))
    if version_id is None:
        raise Invalid
    bundle = packs.buy_pack(actor=cast(User, request.user), version_id=version_id, click=request.POST.get("click", ""))
    toast(request, _("Bought: %(title)s. Calls can use it now.") % {"title": bundle.title})
    return redirect("billing:calls")


@screen(permission=VIEW)
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """One pack: what is left of it, until when, and the calls that it served."""
    found = packs.pack_of(current_portal(), pk)
    context = {"bundle": found.bundle, "uses": found.uses}
    return render_panel(request, "rating/pack.html", context, back=reverse("billing:calls"))
