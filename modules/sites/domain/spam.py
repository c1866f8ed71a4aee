"""Telling people from machines without losing people: a doubt puts a submission aside, it never throws one away.

A visitor with scripts does a small proof of work bound to this form and this portal, good once and for an hour; the
earliest moment it may be used is the time trap. A visitor without scripts is welcome within tighter limits.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from altcha.v1 import ChallengeOptions, Payload, create_challenge, verify_solution
from django.conf import settings
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from infra.db.current import portal_schema
from infra.db.prepared import Prepared
from infra.kit.errors import RateLimited, Text
from modules.sites.models import Status, Submission
from modules.sites.models.submission import Proof
from tenants.people.sign_in.client import household_of

WORK = 40_000  # hashes at most: about a tenth of a second on a desktop, a second on an old phone
RIPE_S = 2
GOOD_S = 3600
WINDOW = timedelta(minutes=10)
_SALT = "modules.sites.work"
MOST_LINKS = 3
_NO_LINKS = {"name", "phone", "address", "date", "number"}
_MARKUP = re.compile(r"\[url|\[link|<a\s", re.IGNORECASE)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)

HONEYPOT = _("The hidden field was filled in, which people do not see.")
LINKS = _("It came without a proof of work and contains links.")
DISPOSABLE = _("The e-mail address is a throw-away one.")
ADVERTISING = _("It reads like advertising: links where no link was asked for.")
MANY = _("Many forms came from this address within ten minutes.")
BUSY = _("Many forms came without a proof of work within ten minutes.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a submission goes: accepted, or quarantine with a reason."""

    status: Status
    reason: Text = ""


def challenge(schema: str, public_id: str) -> dict[str, Any]:
    """A task for a visitor's browser, with its times in milliseconds. Costs no query."""
    issued = int(time.time())
    task = create_challenge(
        ChallengeOptions(
            max_number=WORK,
            hmac_key=_keys()[0],
            expires=datetime.fromtimestamp(issued + GOOD_S, UTC),
            params={"form": public_id, "portal": schema, "issued": str(issued)},
        )
    )
    return {**task.to_dict(), "ripe_ms": RIPE_S * 1000, "good_ms": (GOOD_S - 60) * 1000}


def proof_key(public_id: str, payload: str) -> str:
    """What names a valid proof once and for all, or "" when ``payload`` proves nothing for this form now."""
    try:
        solution = Payload.from_dict(orjson.loads(base64.b64decode(payload, validate=True)))
        params = solution.parse_salt()[2]
        fits = params.get("form") == [public_id] and params.get("portal") == [portal_schema()]
        ripe = int(params["issued"][0]) + RIPE_S <= time.time()
        proven = fits and ripe and any(verify_solution(solution.to_dict(), key, True)[0] for key in _keys())
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return ""
    return hashlib.sha256(f"work:{solution.salt}:{solution.challenge}".encode()).hexdigest() if proven else ""


def content_key(public_id: str, ip_hash: str, answers: Sequence[Any]) -> str:
    """What names a plain post: the same answers from the same visitor within half a minute are a second click."""
    moment = int(time.time()) // 30
    text = json.dumps([public_id, ip_hash, moment, answers], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"plain:{text}".encode()).hexdigest()


def hash_ip(ip: str) -> str:
    """A visitor's address as it is kept: keyed, different in every portal, not reversible without the key."""
    return salted_hmac(f"modules.sites.ip:{portal_schema()}", household_of(ip), algorithm="sha256").hexdigest()[:32]


def judge(*, form_id: int, ip_hash: str, proof: Proof, honeypot: str, answers: Sequence[Mapping[str, str]]) -> Verdict:
    """Where a valid submission goes. Raises RateLimited for a flood, which is then not stored.

    Counts come from the table itself, so limits hold over all processes and do not depend on anything else being up.
    """
    limits = settings.FORM_LIMITS
    if proof is Proof.API:
        return Verdict(Status.ACCEPTED)
    since = timezone.now() - WINDOW
    from_ip = sum(count for (count,) in _FROM_IP.rows(ip_hash, since))
    if from_ip >= limits["flood_per_ip"]:
        raise RateLimited(
            _("Too many forms came from your connection. Wait a few minutes, then send again."), retry_after=300
        )
    if honeypot:
        return Verdict(Status.QUARANTINE, HONEYPOT)
    if any(row["kind"] == "email" and is_disposable(row["value"]) for row in answers):
        return Verdict(Status.QUARANTINE, DISPOSABLE)
    if reads_like_advertising(answers):
        return Verdict(Status.QUARANTINE, ADVERTISING)
    if proof is Proof.WORK:
        return Verdict(Status.QUARANTINE, MANY) if from_ip >= limits["proven_per_ip"] else Verdict(Status.ACCEPTED)
    if any(_LINK.search(row["value"]) for row in answers):
        return Verdict(Status.QUARANTINE, LINKS)
    if from_ip >= limits["plain_per_ip"]:
        return Verdict(Status.QUARANTINE, MANY)
    plain = Submission.objects.filter(form_id=form_id, created_at__gte=since, proof=Proof.PLAIN)
    if _count(plain, limits["plain_per_form"]) >= limits["plain_per_form"]:
        return Verdict(Status.QUARANTINE, BUSY)
    return Verdict(Status.ACCEPTED)


def is_disposable(address: str) -> bool:
    """Whether an address is at a host that gives addresses for minutes, or under one (disposable-email-domains)."""
    if not address:
        return False
    from disposable_email_domains import blocklist  # a megabyte, needed by processes that take forms alone

    host = address.rpartition("@")[2].lower().rstrip(".")
    parts = host.split(".")
    return any(".".join(parts[at:]) in blocklist for at in range(len(parts) - 1))


def reads_like_advertising(answers: Sequence[Mapping[str, str]]) -> bool:
    """Whether links stand where people write none: in a name, as markup, three or more, or with nothing beside them."""
    found = 0
    for row in answers:
        text, links = row["value"], _LINK.findall(row["value"])
        found += len(links)
        if links and row["kind"] in _NO_LINKS:
            return True
        if _MARKUP.search(text) or (links and row["kind"] == "long" and not _URL.sub("", text).strip()):
            return True
    return found >= MOST_LINKS


def _from_ip(ip_hash: str, since: datetime) -> QuerySet[Submission, Any]:
    found = Submission.objects.filter(ip_hash=ip_hash, created_at__gte=since).order_by()
    rows: QuerySet[Submission, Any] = found.values("ip_hash").annotate(count=Count("pk")).values_list("count")
    return rows


_FROM_IP = Prepared(_from_ip)


def _count(rows: Any, enough: int) -> int:
    return int(rows.order_by()[:enough].count())


def _keys() -> list[str]:
    """The key for new tasks, then those of older secrets, so that a rotation refuses nobody (promise 82)."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [salted_hmac(_SALT, "", secret=secret, algorithm="sha256").hexdigest() for secret in secrets]
