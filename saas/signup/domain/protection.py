"""What keeps robots from registering portals by the thousand, without asking people to read crooked letters.

Each form carries a signed random number with its time of issue (too fast or too old is refused), a field that only
robots fill in, and a proof of work bound to that number: some hundred thousand hashes at most, which a browser tries
while the form is being filled in (ALTCHA's challenge). Whoever has no JavaScript proves the e-mail address by a letter
instead. On top, registrations are counted per visitor and for the whole service.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from altcha import v1 as altcha
from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from saas.throttle import Rate, throttle

FASTEST = timedelta(seconds=2)
OLDEST = timedelta(hours=12)
HARDNESS = 100_000  # hashes at most, half of it on average
LETTER_GOOD_FOR = timedelta(hours=1)

TRIES = Rate(60, 600)
REGISTRATIONS = Rate(5, 3600)
REGISTRATIONS_OF_ALL = Rate(600, 3600)
LETTERS = Rate(5, 3600)

FORM = "signup.form"
_LETTER = "signup.letter"


@dataclass(frozen=True, kw_only=True)
class IssuedForm:
    """What a fresh form carries: its signed number, and the task for the browser."""

    token: str
    challenge: dict[str, Any]


def issue_form() -> IssuedForm:
    """A new form with a task of its own."""
    number = secrets.token_hex(16)
    token = signing.TimestampSigner(salt=FORM).sign(number)
    return IssuedForm(token=token, challenge=challenge_for(number))


def challenge_for(number: str) -> dict[str, Any]:
    """ALTCHA's task for the form `number`: find the number whose hash with `salt` is `challenge`."""
    challenge = altcha.create_challenge(
        altcha.ChallengeOptions(
            hmac_key=_key(settings.SECRET_KEY),
            max_number=HARDNESS,
            expires=datetime.now(UTC) + OLDEST,
            params={"form": number},
        )
    )
    return challenge.to_dict()


def read_form(token: str) -> str:
    """The number of a form that is neither forged nor too old nor too fresh. Raises Invalid."""
    signer = signing.TimestampSigner(salt=FORM)
    try:
        number = signer.unsign(token, max_age=OLDEST)
    except signing.BadSignature:
        raise Invalid(_("This form has been open for too long. Send it once more."), code="form_expired") from None
    try:
        signer.unsign(token, max_age=FASTEST)
    except signing.SignatureExpired:
        return number
    raise Invalid(_("That was very fast. Send the form once more."), code="form_too_fast")


def check_proof(number: str, proof: str) -> None:
    """Raises Invalid unless `proof` is the solution of the task of the form `number`."""
    if not _solves(number, proof):
        raise Invalid(
            _("Your browser has not finished the check that keeps robots out. Wait a second, then send once more."),
            code="proof_missing",
        )


def _solves(number: str, proof: str) -> bool:
    try:
        payload = orjson.loads(base64.b64decode(proof, validate=True))  # refuses what is nested too deep
        salt = str(payload["salt"])
    except (ValueError, KeyError, TypeError):
        return False
    if f"form={number}" not in salt.partition("?")[2].split("&"):
        return False
    if payload.get("algorithm") != "SHA-256":
        return False
    return any(
        altcha.verify_solution(payload, _key(secret))[0]
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )


def solve(challenge: dict[str, Any]) -> str:
    """The proof for `challenge`, for programs and tests: what a browser does while the form is filled in."""
    for number in range(challenge["maxNumber"] + 1):
        digest = hashlib.sha256(f"{challenge['salt']}{number}".encode()).hexdigest()
        if hmac.compare_digest(digest, challenge["challenge"]):
            solution = {key: challenge[key] for key in ("algorithm", "challenge", "salt", "signature")}
            return base64.b64encode(json.dumps({**solution, "number": number}).encode()).decode()
    raise ValueError("the challenge has no solution")


def letter_proof(fields: dict[str, str]) -> str:
    """A signed stand-in for the proof of work, for the link in a letter; it carries what was typed, no password."""
    return signing.dumps({**fields, "at": int(time.time())}, salt=_LETTER, compress=True)


def read_letter_proof(proof: str) -> dict[str, str] | None:
    """What a good link carries, None for a forged or old one."""
    try:
        fields = signing.loads(proof, salt=_LETTER, max_age=LETTER_GOOD_FOR)
    except signing.BadSignature:
        return None
    return {key: str(value) for key, value in fields.items()}


def count_try(who: str) -> None:
    """One sent form of this visitor. Raises RateLimited, Unavailable."""
    throttle("signup-try", who, TRIES)


def count_registration(who: str) -> None:
    """One registration of this visitor, and of all. Raises RateLimited, Unavailable."""
    throttle("signup", who, REGISTRATIONS)
    throttle("signup", "all", REGISTRATIONS_OF_ALL)


def _key(secret: str) -> str:
    return salted_hmac("signup.proof", "", secret=secret, algorithm="sha256").hexdigest()
