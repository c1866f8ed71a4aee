"""The letter a visitor gets after sending a form, and the link in it that proves the address to be theirs.

What a stranger typed goes into a letter without links, and one address gets few letters a day: nobody can send their
advertising through a company's form.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from infra.adapters import mail
from infra.db.current import current_portal, portal_schema
from infra.kit.errors import Invalid
from infra.ui.letters import render_letter
from modules.sites.domain.markup import many_lines, one_line
from modules.sites.models import Submission

PLACEHOLDERS = ("name", "form", "company", "answers")
MOST_A_DAY = 3
GOOD_FOR = timedelta(days=3)
_PLACE = re.compile(r"\{([^{}]*)\}")
_LINK = re.compile(r"\S*(?:https?:|www\.|[^\s@]+\.[a-z]{2,}/)\S*", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Subject and text with placeholders; no letter where the text is empty. With ``confirm`` a form is delivered only
    after the visitor opened the link in it."""

    subject: str = ""
    text: str = ""
    confirm: bool = False

    def to_json(self) -> dict[str, Any]:
        """As JSON; ``from_json`` gives an equal one back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Letter:
        """What ``to_json`` wrote; {} is no letter."""
        return cls(**value)


def parse_letter(given: Mapping[str, Any], kinds: Sequence[str]) -> Letter:
    """The letter that ``given`` describes: {subject, text, confirm}; ``kinds`` are those of the form's fields.

    Raises Invalid (letter_subject, letter_text).
    """
    letter = Letter(
        subject=one_line(str(given.get("subject", ""))),
        text=many_lines(str(given.get("text", ""))),
        confirm=bool(given.get("confirm")),
    )
    errors: dict[str, list[str]] = {}
    if (letter.text or letter.confirm) and "email" not in kinds:
        errors["letter_text"] = [_("Add a question for the e-mail address; the letter goes there.")]
    unknown = set(_PLACE.findall(f"{letter.subject}\n{letter.text}")) - set(PLACEHOLDERS)
    if unknown:
        allowed = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        errors["letter_text"] = [
            _("There is no {%(name)s}. Use %(allowed)s.") % {"name": min(unknown), "allowed": allowed}
        ]
    if len(letter.subject) > 150:
        errors["letter_subject"] = [_("At most 150 characters.")]
    if len(letter.text) > 5000:
        errors["letter_text"] = [_("At most 5,000 characters.")]
    if errors:
        raise Invalid(fields=errors)
    return letter


def address_hash(address: str) -> str:
    """An e-mail address as it is counted: keyed, different in every portal."""
    return salted_hmac(f"modules.sites.letter:{portal_schema()}", address.lower(), algorithm="sha256").hexdigest()[:32]


def may_write_to(address: str) -> bool:
    """Whether another letter may go to that address today."""
    day = timezone.now() - timedelta(days=1)
    return Submission.objects.filter(letter_hash=address_hash(address), created_at__gte=day).count() < MOST_A_DAY


def new_token() -> tuple[str, str]:
    """The secret part of a confirming link, and what is kept of it."""
    token = secrets.token_urlsafe(24)
    return token, token_key(token)


def token_key(token: str) -> str:
    """What is kept of a link's secret part."""
    return hashlib.sha256(token.encode()).hexdigest()


def send_letter(
    letter: Letter, submission: Submission, to: str, *, link: str = "", language: str, responsible_id: int | None
) -> None:
    """Queue the letter of ``submission``; with ``link`` it asks to confirm. Answers go to whoever is responsible."""
    values = _values(submission)
    subject = _filled(letter.subject, values) or (
        _("Please confirm your e-mail address") if link else _("We have got your message")
    )
    person = get_user_model()._default_manager.filter(pk=responsible_id, is_active=True).first()
    made = render_letter(
        "sites/letters/sent",
        {"subject": one_line(subject)[:200], "text": _filled(letter.text, values), "link": link},
        language=language,
        sender=submission.site_name,
    )
    mail.send(to, made.subject, made.text, made.html, reply_to=person.email if person else "")


def _values(submission: Submission) -> dict[str, str]:
    names = [row["value"] for row in submission.answers if row["kind"] == "name" and row["value"]]
    told = [f"{row['label']}: {_bare(row['value'])}" for row in submission.answers if row["value"]]
    return {
        "name": _bare(names[0])[:60] if names else "",
        "form": submission.form_name,
        "company": current_portal().name,
        "answers": "\n".join(told)[:4000],
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values.get(match[1], ""), text)


def _bare(text: str) -> str:
    """What a stranger typed, without links."""
    return _LINK.sub("…", text)
