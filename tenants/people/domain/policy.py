"""The company's rules of signing in."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from infra.audit import record
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Denied
from infra.kit.refs import RecordRef
from infra.kit.spec import Scope
from tenants.people.models import Role, SignInPolicy, User

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def sign_in_policy() -> SignInPolicy:
    """The portal's policy; an unsaved default while nobody has set one."""
    return SignInPolicy.objects.filter(id=1).first() or SignInPolicy(id=1)


def set_sign_in_policy(*, actor: Actor, two_factor: str) -> SignInPolicy:
    """Demand a second factor of nobody, of owners and administrators, or of everyone.

    Raises:
        Denied: no right to; or the actor has no second factor and would lock themselves out of everything but setting
            one up, so they set theirs up first.
        ReadOnly
    """
    require_permission(actor, "people.sign_in.manage", Scope.ALL)
    gates.require_writable()
    wanted = SignInPolicy.TwoFactor(two_factor)
    if wanted != SignInPolicy.TwoFactor.OPTIONAL and isinstance(actor, User) and not has_second_factor(actor):
        raise Denied(_("Set up your own two-step sign-in first, then demand it of others."), code="second_factor_first")
    with transaction.atomic():
        policy, _made = SignInPolicy.objects.select_for_update().get_or_create(id=1)
        before, policy.two_factor = policy.two_factor, wanted
        policy.save()
        record(
            actor,
            action="people.sign_in.policy",
            ref=RecordRef("people", "policy", 1),
            changes={"two_factor": (before, str(wanted))},
        )
    return policy


def has_second_factor(person: User) -> bool:
    """Whether the person has an authenticator app or a passkey (recovery codes alone are none)."""
    known = getattr(person, "has_second_factor", None)
    if known is not None:
        return bool(known)
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=STRONG).exists())


def must_add_second_factor(person: User) -> bool:
    """Whether the portal demands a second factor that this person has not set up yet."""
    policy = _policy_for(person)
    if policy == SignInPolicy.TwoFactor.OPTIONAL:
        return False
    if policy == SignInPolicy.TwoFactor.ADMINISTRATORS and person.role.base not in (
        Role.Base.OWNER,
        Role.Base.ADMINISTRATOR,
    ):
        return False
    return not has_second_factor(person)


def _policy_for(person: User) -> str:
    """Read together with the person where they came by a session; None then means that nobody has set one."""
    if hasattr(person, "two_factor_policy"):
        return person.two_factor_policy or SignInPolicy.TwoFactor.OPTIONAL
    return sign_in_policy().two_factor


def people_without_second_factor() -> int:
    """How many active people have neither an authenticator app nor a passkey."""
    strong = Authenticator.objects.filter(user=OuterRef("pk"), type__in=STRONG)
    return int(User.objects.active().filter(~Exists(strong)).count())
