"""Forms of the signed-out pages."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import AddEmailForm as LibraryAddEmailForm
from allauth.account.forms import LoginForm as LibraryLoginForm
from allauth.account.forms import ResetPasswordForm as LibraryResetPasswordForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from infra import jobs
from tenants.people.models import User
from tenants.people.models.user import normal_email


class LoginForm(LibraryLoginForm):
    """E-mail, password, and whether to stay."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs.pop("placeholder", None)
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
        if "remember" in self.fields:
            self.fields["remember"].label = _("Stay signed in on this device")


class ResetPasswordForm(LibraryResetPasswordForm):
    """Answers the same to every address: a worker finds out whether anybody has it (promise 23)."""

    def clean_email(self) -> str:
        """The address in its stored spelling; nothing is looked up here."""
        return normal_email(self.cleaned_data["email"])

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Ask a worker to write the letter."""
        email = str(self.cleaned_data["email"])
        jobs.named("people.send_password_reset").enqueue(email, get_language() or "en")
        return email


class NewEmailForm(LibraryAddEmailForm):
    """Another address to sign in with. Colleagues see each other's addresses anyway, so a taken one is said to be."""

    def clean_email(self) -> str:
        """The address in its stored spelling. Refuses one that somebody here has."""
        email = normal_email(super().clean_email())
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("Somebody with this address is already in this portal."))
        return email
