"""Who stands behind a session: one statement a request."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Subquery

from tenants.people.models import SignInPolicy, User

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class PortalBackend(AuthenticationBackend):
    """Sign-in by e-mail and password; loads the person with their role, the portal's sign-in policy and whether they
    have a second factor. Deactivated people are nobody (promise 19)."""

    def get_user(self, user_id: Any) -> User | None:
        """The active person with this id in the portal that is entered, else None."""
        person: User | None = (
            User.objects.select_related("role")
            .annotate(
                two_factor_policy=Subquery(SignInPolicy.objects.values("two_factor")[:1]),
                has_second_factor=Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=STRONG)),
            )
            .filter(pk=user_id, is_active=True)
            .first()
        )
        return person
