"""Signing in and one's own account. Names are the library's, which finds its pages by them; sign-up is closed.

The library's views run in a transaction, so that what they change commits with its audit entry (promise 28).
"""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.db import transaction
from django.urls import URLPattern, path, re_path

from infra.kit.screens import guest_page, screen
from tenants.people.views import entry, invited, me, sessions

BOTH = ("GET", "POST")


def _open(route: str, view: Any, name: str, reason: str) -> URLPattern:
    pattern: URLPattern = path(route, guest_page(reason=reason, methods=BOTH)(transaction.atomic(view)), name=name)
    return pattern


def _own(route: str, view: Any, name: str) -> URLPattern:
    return path(route, screen(None, methods=BOTH)(transaction.atomic(view)), name=name)


urlpatterns = [
    _open("login/", account.login, "account_login", "signing in"),
    _open("login/step/", mfa.authenticate, "mfa_authenticate", "the second step of signing in"),
    _open("login/passkey/", webauthn.login_webauthn, "mfa_login_webauthn", "signing in with a passkey"),
    _open("inactive/", account.account_inactive, "account_inactive", "told to who is deactivated"),
    _open("password/reset/", account.password_reset, "account_reset_password", "a forgotten password"),
    _open("password/reset/done/", account.password_reset_done, "account_reset_password_done", "a forgotten password"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        guest_page(reason="the link of a reset letter", methods=BOTH)(
            transaction.atomic(account.password_reset_from_key)
        ),
        name="account_reset_password_from_key",
    ),
    _open(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        "account_reset_password_from_key_done",
        "a forgotten password",
    ),
    _open(
        "confirm-email/<str:key>/", account.confirm_email, "account_confirm_email", "the link of a confirmation letter"
    ),
    path("join/", entry.how_to_join, name="account_signup"),
    path("invitation/<str:token>/", invited.accept, name="people_accept_invitation"),
    _own("logout/", account.logout, "account_logout"),
    _own("again/", account.reauthenticate, "account_reauthenticate"),
    _own("again/step/", mfa.reauthenticate, "mfa_reauthenticate"),
    _own("again/passkey/", webauthn.reauthenticate_webauthn, "mfa_reauthenticate_webauthn"),
    _own("email/", account.email, "account_email"),
    _own("password/change/", account.password_change, "account_change_password"),
    _own("password/set/", account.password_set, "account_set_password"),
    _own("two-step/", mfa.index, "mfa_index"),
    _own("two-step/app/", totp.activate_totp, "mfa_activate_totp"),
    _own("two-step/app/remove/", totp.deactivate_totp, "mfa_deactivate_totp"),
    _own("two-step/codes/", recovery_codes.view_recovery_codes, "mfa_view_recovery_codes"),
    _own("two-step/codes/new/", recovery_codes.generate_recovery_codes, "mfa_generate_recovery_codes"),
    _own("two-step/codes/download/", recovery_codes.download_recovery_codes, "mfa_download_recovery_codes"),
    path("passkeys/", me.security, name="mfa_list_webauthn"),
    _own("passkeys/add/", webauthn.add_webauthn, "mfa_add_webauthn"),
    _own("passkeys/<int:pk>/remove/", webauthn.remove_webauthn, "mfa_remove_webauthn"),
    _own("passkeys/<int:pk>/edit/", webauthn.edit_webauthn, "mfa_edit_webauthn"),
    path("sessions/", sessions.sessions, name="usersessions_list"),
]
