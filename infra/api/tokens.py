"""Verbs on access tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import load_backend
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.api.models import Token
from infra.db.current import current_schema
from infra.db.prepared import Prepared
from infra.kit import gates
from infra.kit.access import Actor, may, require_permission, scoped
from infra.kit.errors import Denied, Invalid, NotFound
from infra.kit.refs import RecordRef
from infra.kit.registry import registry
from infra.kit.spec import Scope

MARK = "pk_"
USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class IssuedToken:
    """A new token and its secret; the secret is shown this once and kept nowhere."""

    token: Token
    secret: str


def digest_of(secret: str) -> str:
    """What is stored of `secret` in the current portal.

    The secret has 256 random bits, so a plain SHA-256 is enough (slow hashes are for guessable passwords, OWASP ASVS
    5.0, 11.4.2); the portal's schema is part of it, so the same secret opens nothing in another portal.
    """
    return hashlib.sha256(f"{current_schema()}:{secret}".encode()).hexdigest()


def grantable_scopes(actor: Actor) -> list[str]:
    """Permission keys that a token of `actor` can carry."""
    return [permission.key for permission in registry.permissions_here() if may(actor, permission.key)]


def issue_token(*, actor: Actor, name: str, scopes: Sequence[str], expires_at: datetime | None = None) -> IssuedToken:
    """Give `actor` a token for `scopes` (permission keys). Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, "api.token.manage")
    gates.require_writable()
    name = name.strip()
    wrong: dict[str, list[str]] = {}
    if not name or len(name) > 100:
        wrong["name"] = [_("Say in 1 to 100 characters what the token is for.")]
    if not scopes:
        wrong["scopes"] = [_("Choose at least one thing the token may do.")]
    elif beyond := sorted(set(scopes) - set(grantable_scopes(actor))):
        wrong["scopes"] = [_("Your own role does not include: %(keys)s.") % {"keys": ", ".join(beyond)}]
    if expires_at is not None and expires_at <= timezone.now():
        wrong["expires_at"] = [_("This moment has already passed.")]
    if wrong:
        raise Invalid(fields=wrong)
    secret = MARK + secrets.token_urlsafe(32)
    if actor.id is None:
        raise Denied(_("Only people have access tokens."), permission="api.token.manage")
    with transaction.atomic():
        token = Token.objects.create(
            owner_id=actor.id,
            name=name,
            prefix=secret[:10],
            digest=digest_of(secret),
            scopes=sorted(set(scopes)),
            expires_at=expires_at,
        )
        audit.record(actor, "token.issue", RecordRef("api", "token", token.pk), note=name)
    return IssuedToken(token=token, secret=secret)


def visible_tokens(actor: Actor) -> QuerySet[Token]:
    """Tokens that `actor` may see and revoke: one's own, or everybody's."""
    return scoped(Token.objects.select_related("owner"), actor, "api.token.manage", owner="owner")


def access_token(actor: Actor, token_id: int) -> Token:
    """The token if `actor` may manage it. Raises NotFound."""
    token = visible_tokens(actor).filter(pk=token_id).first()
    if token is None:
        raise NotFound
    return token


def revoke_token(*, actor: Actor, token: Token) -> None:
    """End `token` at once; a second time changes nothing. Raises Denied."""
    needed = Scope.OWN if token.owner_id == actor.id else Scope.ALL
    require_permission(actor, "api.token.manage", needed)
    with transaction.atomic():
        ended = Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
        if ended:
            audit.record(actor, "token.revoke", RecordRef("api", "token", token.pk), note=token.name)


def token_for(secret: str) -> Token | None:
    """The live token of an active person of this portal that `secret` opens, None for anything else."""
    if not secret.startswith(MARK) or len(secret) > 100:
        return None
    token: Token | None = next(iter(_KNOWN.found(digest_of(secret))), None)
    if token is None or not token.is_live or not token.owner.is_active:
        return None
    for name in sign_in().known_of("owner_id"):
        setattr(token.owner, name, getattr(token, name))
    return token


_KNOWN = Prepared(
    lambda digest: (
        Token.objects.select_related("owner__role").annotate(**sign_in().known_of("owner_id")).filter(digest=digest)
    )
)


def sign_in() -> Any:
    """The door by which people come: what it refuses them it refuses their programs, too."""
    return load_backend(settings.AUTHENTICATION_BACKENDS[0])


def note_use(token: Token) -> None:
    """Remember that `token` was used, at most once a minute."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= USE_IS_NOTED_EVERY:
        Token.objects.filter(pk=token.pk).update(last_used_at=now)


def erase_tokens_of(user_id: int) -> None:
    """Remove everything kept of a person's programs."""
    Token.objects.filter(owner_id=user_id).delete()
