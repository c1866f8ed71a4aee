"""Who stands behind a session: one statement a request."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from infra.db.prepared import Prepared
from infra.kit.errors import Denied, WayOut
from tenants.people.domain.policy import STRONG, must_add_second_factor
from tenants.people.models import SignInPolicy, User


class PortalBackend(AuthenticationBackend):
    """Sign-in by e-mail and password; loads the person with their role, the portal's sign-in policy and whether they
    have a second factor. Deactivated people are nobody (promise 19)."""

    def get_user(self, user_id: Any) -> User | None:
        """The active person with this id in the portal that is entered, else None."""
        person: User | None = next(iter(_PERSON.found(int(user_id))), None)
        return person

    @staticmethod
    def known_of(person: str) -> dict[str, Subquery]:
        """What is read together with a person to answer `refuse`; `person` is the key of the person in the query."""
        return {
            "two_factor_policy": Subquery(SignInPolicy.objects.values("two_factor")[:1]),
            "has_second_factor": Exists(Authenticator.objects.filter(user=OuterRef(person), type__in=STRONG)),
        }

    @staticmethod
    def refuse(person: User) -> Denied | None:
        """Why this person may do nothing yet, by session or by program (promise 26); None when they may."""
        if not must_add_second_factor(person):
            return None
        return Denied(
            _("This company wants a second step at sign-in. Set it up first."),
            code="second_factor_missing",
            way_out=WayOut(text=_("Set up two-step sign-in"), url=reverse("mfa_index")),
        )


_PERSON = Prepared(
    lambda person: (
        User.objects.select_related("role").annotate(**PortalBackend.known_of("pk")).filter(pk=person, is_active=True)
    )
)
