"""What the sign-in library asks the house: no sign-up, letters of our own, links on the portal's own host."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants.people.domain.letters import send_letter
from tenants.people.domain.links import portal_link
from tenants.people.models import User
from tenants.people.sign_in.client import client_ip

# What a letter about the account's safety says. Keys are the library's template names.
SECURITY_LETTERS = {
    "password_changed": _("Your password was changed."),
    "password_set": _("A password was set for your account."),
    "password_reset": _("Your password was reset."),
    "email_changed": _("The address you sign in with was changed."),
    "email_deleted": _("An address was removed from your account."),
    "totp_activated": _("Two-step sign-in with an authenticator app was switched on."),
    "totp_deactivated": _("Two-step sign-in with an authenticator app was switched off."),
    "recovery_codes_generated": _("New recovery codes were made; the old ones are dead."),
    "webauthn_added": _("A passkey was added to your account."),
    "webauthn_removed": _("A passkey was removed from your account."),
}


class AccountAdapter(DefaultAccountAdapter):
    """People come by registration or invitation only; every link in a letter is built from the portal's own address."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail and password do not go together. Check both, or reset the password."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes, then try again, or reset the password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up by themselves."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """The visitor's address, read past the trusted proxies and no further (promise 24)."""
        return client_ip(request)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """Whether the address could be confirmed: not when somebody else came here with it in the meantime."""
        if User.objects.filter(email=email_address.email).exclude(pk=email_address.user_id).exists():
            return False
        return bool(super().confirm_email(request, email_address))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a reset letter; `key` is `<uid>-<token>`."""
        uid, _dash, token = key.partition("-")
        return portal_link("account_reset_password_from_key", uid, token)

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        """The link of a confirmation letter."""
        return portal_link("account_confirm_email", emailconfirmation.key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one of our letters in place of the library's. Raises KeyError for a letter nobody wrote."""
        name = template_prefix.rpartition("/")[2]
        person = context.get("user") or getattr(self.request, "user", None)
        locale = getattr(person, "locale", "")
        if name in ("email_confirmation", "email_confirmation_signup"):
            send_letter(
                "people/letters/confirm_email", to=email, locale=locale, context={"url": context["activate_url"]}
            )
        elif name == "password_reset_key":
            url = context["password_reset_url"]
            send_letter(
                "people/letters/password_reset", to=email, locale=locale, context={"url": url, "person": person}
            )
        else:
            send_letter(
                "people/letters/security",
                to=email,
                locale=locale,
                context={**context, "what": SECURITY_LETTERS[name], "url": portal_link("people:security")},
            )
