"""What the sign-in library reports, written to the audit log and to the public index of addresses.

The library speaks by Django signals; this is the one place of the room that listens to any.
"""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest

from infra import audit
from infra.kit.access import SYSTEM, Actor
from infra.kit.refs import RecordRef
from tenants.people.domain import lookup
from tenants.people.models import User
from tenants.people.models.user import normal_email

Changes = dict[str, tuple[Any, Any]]


def connect() -> None:
    """Listen, once, at start-up."""
    for signal, action in (
        (account.user_logged_in, "people.sign_in.done"),
        (account.password_changed, "people.password.change"),
        (account.password_set, "people.password.set"),
        (account.password_reset, "people.password.reset"),
        (mfa.authenticator_added, "people.second_factor.add"),
        (mfa.authenticator_removed, "people.second_factor.remove"),
        (mfa.authenticator_reset, "people.second_factor.renew"),
        (mfa.authentication_failed, "people.second_factor.failed"),
    ):
        signal.connect(_reporter(action), weak=False, dispatch_uid=f"people:{action}")
    user_logged_out.connect(_signed_out, dispatch_uid="people:signed_out")
    user_login_failed.connect(_failed, dispatch_uid="people:failed")
    account.email_confirmed.connect(_email_confirmed, dispatch_uid="people:email_confirmed")
    account.email_changed.connect(_email_changed, dispatch_uid="people:email_changed")


def _reporter(action: str) -> Any:
    def report(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        changes: Changes = {}
        if (authenticator := kwargs.get("authenticator")) is not None:
            changes["kind"] = (None, str(authenticator.type))
        _record(user, action=action, ref=_ref(user), changes=changes)

    return report


def _signed_out(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _record(user, action="people.sign_in.end", ref=_ref(user), changes={})


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    # One look-up and one row whether or not anybody has the address: the answer takes as long either way (promise 23).
    email = normal_email(str(credentials.get("email") or credentials.get("username") or ""))[:254]
    person = User.objects.filter(email=email).first()
    changes: Changes = {"email": (None, email)}
    _record(SYSTEM, action="people.sign_in.failed", ref=_ref(person) if person else None, changes=changes)


def _email_confirmed(sender: Any, request: HttpRequest, email_address: Any, **kwargs: Any) -> None:
    user = email_address.user
    _record(user, action="people.email.confirm", ref=_ref(user), changes={"email": (None, email_address.email)})


def _email_changed(
    sender: Any, request: HttpRequest, user: User, from_email_address: Any, to_email_address: Any, **kwargs: Any
) -> None:
    before = from_email_address.email if from_email_address else None
    if before:
        lookup.forget(before)
    lookup.remember(user)
    _record(user, action="people.email.change", ref=_ref(user), changes={"email": (before, to_email_address.email)})


def _record(actor: Actor, action: str, ref: RecordRef | None, changes: Changes) -> None:
    with transaction.atomic():
        audit.record(actor, action=action, ref=ref, changes=changes)


def _ref(user: User) -> RecordRef:
    return RecordRef("people", "person", user.pk)
