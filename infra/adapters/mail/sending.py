"""A letter is handed to a worker after commit, and tried again until the mail server takes it."""

import smtplib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from email.utils import make_msgid
from enum import StrEnum
from typing import Any

import structlog
from celery import current_task
from django.conf import settings
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from environ import Env

from infra.adapters.storage import MissingObject, get_storage
from infra.db.connections import PUBLIC
from infra.db.current import current_schema, enter
from infra.jobs.tasks import portal_task, service_task

log = structlog.get_logger(__name__)

TRIES_AGAIN: dict[str, Any] = {
    # a mail server may be away for some hours: 30 s, 1 min, 2 min … 1 h, sixteen times
    "autoretry_for": (OSError, smtplib.SMTPException),
    "dont_autoretry_for": (smtplib.SMTPRecipientsRefused,),
    "retry_backoff": 30,
    "retry_backoff_max": 3600,
    "max_retries": 16,
}
SMTP_SECONDS = 15


class BadLetter(ValueError):
    """The address or subject cannot be put into a letter; nothing was queued."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that goes along: its bytes stand in the storage under `key` until the letter has left."""

    name: str
    key: str
    content_type: str


def send(
    to: str,
    subject: str,
    text: str,
    html: str = "",
    reply_to: str = "",
    attachments: Sequence[Attachment] = (),
    about: tuple[str, int] | None = None,
) -> None:
    """Queue one letter; it leaves when the open transaction commits, and not at all when it rolls back.

    Args:
        to: one address. Each recipient gets a letter of their own, so that no address is shown to another.
        subject: one line.
        text: the letter as plain text.
        html: the same letter for clients that show HTML; "" sends plain text alone.
        reply_to: where answers go, "" for the sender.
        attachments: files of the storage that go along; one that is gone when the letter leaves is left out.
        about: who follows the letter of a portal (see `follow_letters`), and the id of what it is to them.

    Raises:
        BadLetter: an address is malformed, or the subject has a line break (RFC 5322, 2.2: header injection).
    """
    for address in filter(None, (to, reply_to)):
        try:
            validate_email(address)
        except ValidationError as wrong:
            raise BadLetter(f"{address!r} is not an e-mail address.") from wrong
    if not to or "\n" in subject or "\r" in subject:
        raise BadLetter("A letter needs one recipient and a subject of one line.")
    letter: dict[str, Any] = {"to": to, "subject": subject, "text": text, "html": html, "reply_to": reply_to}
    if attachments:
        letter["attachments"] = [asdict(one) for one in attachments]
    if about is not None:
        letter["about"] = list(about)
    letter["message_id"] = make_msgid(domain=settings.BASE_DOMAIN)  # the same on every try: a double is seen as one
    schema = current_schema()  # at the commit the thread may have left the portal
    after_commit(lambda: queue(letter, schema))


Counted = Callable[[str], None]
_counting: list[Counted] = []


def count_letters(counted: Counted) -> Counted:
    """Call `counted(message id)` for each letter of a portal that the mail server took, in that portal.

    A letter that is tried again keeps its id. What `counted` raises is logged: the letter has gone.
    """
    _counting.append(counted)
    return counted


class Fate(StrEnum):
    """What became of a letter: the server took it; nothing yet, it is tried again; it will not leave by itself any
    more, because the server refuses the address, or because it never answered."""

    SENT = "sent"
    WAITS = "waits"
    REFUSED = "refused"
    FAILED = "failed"


Followed = Callable[[int, Fate], None]
_following: dict[str, Followed] = {}


def follow_letters(name: str, followed: Followed) -> None:
    """Call `followed(id, fate)`, in the portal, at every try of a letter sent with `about=(name, id)`."""
    _following[name] = followed


def after_commit(send_on: Callable[[], None]) -> None:
    transaction.on_commit(send_on)


def queue(letter: dict[str, Any], schema: str) -> None:
    """Hand the letter to a worker: a portal's letter is a task of that portal, "public" names the service."""
    try:
        if schema == PUBLIC:
            deliver_for_service.apply_async(kwargs=letter)
        else:
            with enter(schema):
                deliver_for_portal.apply_async(kwargs=letter)
    except Exception:
        # Without the broker the letter goes out at once: slower for the one who waits, but not lost (promise 75).
        log.exception("mail.broker_unreachable")
        with nullcontext() if schema == PUBLIC else enter(schema):
            deliver(**letter)


def deliver(
    to: str,
    subject: str,
    text: str,
    html: str,
    reply_to: str,
    message_id: str,
    attachments: Sequence[dict[str, str]] = (),
    about: Sequence[Any] = (),
) -> None:
    """Hand the letter to the mail server now. Raises OSError or smtplib.SMTPException when it does not take it."""
    try:
        _hand_over(to, subject, text, html, reply_to, message_id, attachments)
    except smtplib.SMTPRecipientsRefused:
        _tell(about, Fate.REFUSED)
        raise
    except (OSError, smtplib.SMTPException):
        _tell(about, Fate.WAITS if _tried_again() else Fate.FAILED)
        raise
    _tell(about, Fate.SENT)
    if current_schema() != PUBLIC:
        _count(message_id)


def _tried_again() -> bool:
    task = current_task
    return bool(task) and not task.request.called_directly and task.request.retries < TRIES_AGAIN["max_retries"]


def _tell(about: Sequence[Any], fate: Fate) -> None:
    if about and about[0] in _following:
        try:
            _following[about[0]](int(about[1]), fate)
        except Exception:
            log.exception("mail.not_followed")


def _hand_over(
    to: str,
    subject: str,
    text: str,
    html: str,
    reply_to: str,
    message_id: str,
    attachments: Sequence[dict[str, str]],
) -> None:
    letter = mail.EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[to],
        reply_to=[reply_to] if reply_to else None,
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},  # RFC 3834: no out-of-office answers
        connection=_connection(),
    )
    if html:
        letter.attach_alternative(html, "text/html")
    for one in attachments:
        try:
            letter.attach(one["name"], get_storage().read(one["key"]), one["content_type"])
        except MissingObject:
            log.warning("mail.attachment_gone", name=one["name"])
    letter.send()


def _count(message_id: str) -> None:
    for counted in _counting:
        try:
            counted(message_id)
        except Exception:
            log.exception("mail.not_counted")


def _connection() -> Any:
    """The mail server of `EMAIL_URL`, through the backend Django is set to (in tests it keeps letters in memory)."""
    address = Env.email_url_config(settings.EMAIL_URL)
    return mail.get_connection(
        host=address["EMAIL_HOST"],
        port=address["EMAIL_PORT"],
        username=address["EMAIL_HOST_USER"],
        password=address["EMAIL_HOST_PASSWORD"],
        use_tls=address.get("EMAIL_USE_TLS", False),
        use_ssl=address.get("EMAIL_USE_SSL", False),
        timeout=SMTP_SECONDS,
    )


@portal_task(name="mail.deliver", queue="quick", **TRIES_AGAIN)
def deliver_for_portal(**letter: Any) -> None:
    deliver(**letter)


@service_task(name="mail.deliver_for_service", queue="quick", **TRIES_AGAIN)
def deliver_for_service(**letter: Any) -> None:
    deliver(**letter)
