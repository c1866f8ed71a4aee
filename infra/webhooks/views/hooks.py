"""Settings of webhooks: who is told of what, how it went, and sending again."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.api.keyset import page_of
from infra.kit.access import Actor
from infra.kit.errors import Invalid, LimitReached
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.forms import form_errors, offer
from infra.ui.toasts import toast
from infra.webhooks.domain.hooks import (
    MANAGE,
    access_message,
    access_webhook,
    add_webhook,
    delete_webhook,
    edit_webhook,
    messages_of,
    offered_events,
    pause_webhook,
    ping,
    renew_secret,
    replay,
    resume_webhook,
    visible_webhooks,
)
from infra.webhooks.domain.listening import ALL

_PAGE = 25


class WebhookForm(forms.Form):
    """Whom to tell of what."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=100,
        help_text=gettext_lazy("For example: Exchange with accounting."),
    )
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        help_text=gettext_lazy("It gets a POST with JSON and must answer 2xx within 10 seconds."),
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    events = forms.MultipleChoiceField(label=gettext_lazy("Events"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = [
            (str(registry.modules[slug].title), [(name, name) for name in names])
            for slug, names in offered_events().items()
        ]
        offer(self, "events", [(ALL, _("all events")), *groups])


def _actor(request: HttpRequest) -> Actor:
    return cast(Actor, request.user)


@screen(MANAGE)
def webhooks(request: HttpRequest) -> HttpResponse:
    """All webhooks."""
    return render(request, "webhooks/webhooks.html", {"webhooks": visible_webhooks(_actor(request))})


@screen(MANAGE, methods=("GET", "POST"))
def add(request: HttpRequest) -> HttpResponse:
    """A further one."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_webhook(actor=_actor(request), **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        except LimitReached as error:
            form_errors(form, Invalid(str(error)))
        else:
            toast(request, _("Saved. Send a test message to see that it arrives."))
            return redirect("webhooks:webhook", row.pk)
    context = {"form": form, "heading": _("New webhook"), "back": "webhooks:webhooks"}
    return render(request, "webhooks/form.html", context, status=422 if form.errors else 200)


@screen(MANAGE)
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One webhook: its secret, and the log of what it was told."""
    actor = _actor(request)
    row = access_webhook(actor, webhook_id)
    page = page_of(messages_of(actor, row), ("-id",), after=request.GET.get("after", ""), limit=_PAGE)
    response = render(request, "webhooks/webhook.html", {"hook": row, "log": page.rows, "after": page.after})
    response["Cache-Control"] = "no-store"
    return response


@screen(MANAGE, methods=("GET", "POST"))
def change(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Change it."""
    row = access_webhook(_actor(request), webhook_id)
    form = WebhookForm(request.POST or None, initial={"name": row.name, "url": row.url, "events": row.events})
    if request.method == "POST" and form.is_valid():
        try:
            edit_webhook(actor=_actor(request), webhook=row, **form.cleaned_data)
        except Invalid as error:
            form_errors(form, error)
        else:
            toast(request, _("Saved."))
            return redirect("webhooks:webhook", row.pk)
    context = {"form": form, "heading": row.name, "hook": row}
    return render(request, "webhooks/form.html", context, status=422 if form.errors else 200)


@screen(MANAGE, methods=("POST",))
def send_ping(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Send a test message."""
    ping(actor=_actor(request), webhook=access_webhook(_actor(request), webhook_id))
    toast(request, _("The test message is on its way."))
    return redirect("webhooks:webhook", webhook_id)


@screen(MANAGE, methods=("POST",))
def renew(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """A new secret."""
    renew_secret(actor=_actor(request), webhook=access_webhook(_actor(request), webhook_id))
    toast(request, _("Messages carry both signatures for 24 hours."))
    return redirect("webhooks:webhook", webhook_id)


@screen(MANAGE, methods=("POST",))
def pause(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Tell it nothing more."""
    pause_webhook(actor=_actor(request), webhook=access_webhook(_actor(request), webhook_id))
    toast(request, _("It is paused."))
    return redirect("webhooks:webhook", webhook_id)


@screen(MANAGE, methods=("POST",))
def resume(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Tell it again."""
    resume_webhook(actor=_actor(request), webhook=access_webhook(_actor(request), webhook_id))
    toast(request, _("It is told again from now on."))
    return redirect("webhooks:webhook", webhook_id)


@screen(MANAGE, methods=("POST",))
def remove(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Remove it."""
    delete_webhook(actor=_actor(request), webhook=access_webhook(_actor(request), webhook_id))
    toast(request, _("The webhook is removed."))
    return redirect("webhooks:webhooks")


@screen(MANAGE, methods=("POST",))
def again(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a message of the log again."""
    message = replay(actor=_actor(request), message=access_message(_actor(request), message_id))
    toast(request, _("The message is on its way again."))
    return redirect("webhooks:webhook", message.webhook_id)
