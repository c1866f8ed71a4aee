"""The page "Telephones": SIP users, each with a secret that is shown once."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from billing.domain import wallet
from billing.rating.domain import devices as verbs
from billing.rating.domain import dids
from infra.db.current import current_portal
from infra.kit.errors import PortalError
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.toasts import toast
from tenants.people.domain.queries import colleagues
from tenants.people.models import User


class DeviceForm(forms.Form):
    """A new telephone."""

    label = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("Where it stands or who uses it.")
    )
    person = forms.TypedChoiceField(
        label=gettext_lazy("Whose"), required=False, coerce=int, empty_value=None,
        help_text=gettext_lazy("This person sees the calls of the telephone."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(person.pk, person.display_name) for person in colleagues()]
        offer(self, "person", [("", _("Nobody's in particular")), *people])


def _page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    names = {person.pk: person.display_name for person in colleagues()}
    rows = [{"device": device, "person": names.get(device.person_id or 0, "")} for device in verbs.devices()]
    portal_id = current_portal().id
    context = {
        "form": DeviceForm(),
        "rows": rows,
        "numbers": dids.numbers_of(portal_id),
        "currency": wallet.wallet_of(portal_id).currency,
        **more,
    }
    return render(request, "rating/devices.html", context, status=status)


@screen(permission="rating.device.manage", methods=("GET", "POST"))
@never_cache
def devices(request: HttpRequest) -> HttpResponse:
    """All telephones, and the form for another one; its secret is on the answer and nowhere else."""
    if request.method != "POST":
        return _page(request)
    form = DeviceForm(request.POST)
    if form.is_valid():
        try:
            made = verbs.add_device(
                actor=cast(User, request.user), label=form.cleaned_data["label"], person_id=form.cleaned_data["person"]
            )
        except PortalError as error:
            form_errors(form, error)
        else:
            return _page(request, new=made)
    return _page(request, 422, form=form)


@screen(permission="rating.device.manage", methods=("POST",))
@never_cache
def device(request: HttpRequest, device_id: int) -> HttpResponse:
    """Another secret, or on and off."""
    actor = cast(User, request.user)
    if request.POST.get("do") == "secret":
        return _page(request, new=verbs.new_secret(actor=actor, device_id=device_id))
    enabled = request.POST.get("do") == "on"
    verbs.switch_device(actor=actor, device_id=device_id, enabled=enabled)
    toast(request, _("The telephone may call.") if enabled else _("The telephone is switched off."))
    return redirect("billing:devices")
