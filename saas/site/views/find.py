""" "Find my portal": the list goes to the mailbox, the page tells nothing."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from infra.kit.errors import PortalError
from infra.kit.screens import public_page
from infra.ui.forms import form_errors
from saas.site.jobs import mail_portals
from saas.throttle import Rate, throttle, visitor

KNOCKS = Rate(10, 600)
LETTERS = Rate(3, 3600)


class FindForm(forms.Form):
    """Whose portals."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )


@public_page(reason="whoever forgot the address of their portal", methods=("GET", "POST"))
def find_portal(request: HttpRequest) -> HttpResponse:
    """Mails the list to the address. The answer is the same whether anybody has it or not (promise 23).

    The letter is written by a worker, so that not even the time of the answer tells.
    """
    form = FindForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            email = form.cleaned_data["email"].strip().lower()
            try:
                throttle("find", visitor(request), KNOCKS)
                throttle("find-letter", email, LETTERS)
            except PortalError as error:
                form_errors(form, error)
                status = error.status
            else:
                mail_portals.delay(email, get_language() or "en")
                return render(request, "site/find_sent.html", {"email": email})
        else:
            status = 422
    return render(request, "site/find.html", {"form": form}, status=status)
