"""The form that issues a token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.api.tokens import grantable_scopes
from infra.kit.access import Actor
from infra.kit.registry import registry
from infra.ui.forms import offer


class TokenForm(forms.Form):
    """Name, life time and rights of a new token; offers only what `actor` holds."""

    name = forms.CharField(
        label=_("What it is for"), max_length=100, help_text=_("For example: Exchange with accounting.")
    )
    lifetime = forms.ChoiceField(
        label=_("It works for"),
        choices=[
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", pgettext_lazy("how long it lasts", "a year")),
            ("0", _("until it is revoked")),
        ],
        initial="90",
    )
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "scopes", grouped_scopes(actor))

    def expires_at(self) -> datetime | None:
        """When the token ends, None for never."""
        days = int(self.cleaned_data["lifetime"])
        return timezone.now() + timedelta(days=days) if days else None


def grouped_scopes(actor: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a token of `actor` can carry, by module: (module's title, [(key, title)])."""
    held = set(grantable_scopes(actor))
    groups = []
    for spec in registry.modules.values():
        items = [(permission.key, str(permission.title)) for permission in spec.permissions if permission.key in held]
        if items:
            groups.append((str(spec.title), items))
    return groups
