"""Pages where people manage the access tokens of their programs."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from infra.api.forms import TokenForm, grouped_scopes
from infra.api.keyset import page_of
from infra.api.tokens import access_token, issue_token, revoke_token, visible_tokens
from infra.kit import gates
from infra.kit.access import Actor, may
from infra.kit.errors import Invalid
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors
from infra.ui.toasts import toast

MANAGE = "api.token.manage"


def _actor(request: HttpRequest) -> Actor:
    return cast(Actor, request.user)


@screen(MANAGE)
def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens one may manage, newest first, and what is used of the plan's API limits."""
    actor = _actor(request)
    page = page_of(visible_tokens(actor), ("-id",), after=request.GET.get("after", ""), limit=50)
    context = {
        "tokens": page.rows,
        "after": page.after,
        "everybody": may(actor, MANAGE, Scope.ALL),
        "per_second": gates.limit_of("api.per_second"),
        "per_day": gates.usage("api.per_day"),
    }
    return render(request, "api/tokens.html", context)


@screen(MANAGE, methods=("GET", "POST"))
def issue(request: HttpRequest) -> HttpResponse:
    """Make a token; the answer to the POST is the only page that ever shows its secret."""
    actor = _actor(request)
    form = TokenForm(actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_token(
                actor=actor,
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(),
            )
        except Invalid as error:
            form_errors(form, error)
        else:
            response = render(request, "api/issued.html", {"issued": issued})
            response["Cache-Control"] = "no-store"
            return response
    context = {"form": form, "groups": grouped_scopes(actor), "chosen": form["scopes"].value() or []}
    return render(request, "api/issue.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a token."""
    token = access_token(_actor(request), token_id)
    revoke_token(actor=_actor(request), token=token)
    toast(request, _("“%(name)s” no longer opens anything.") % {"name": token.name}, tone="success")
    return redirect("api:tokens")
