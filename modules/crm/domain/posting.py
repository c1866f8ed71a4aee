"""What became of letters on timelines: on its way, sent, or not sent and why; and sending one again.

A letter is an activity whose `details["letter"]` holds `to`, `state` (queued, then a `Fate`) and how it is sent again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra import audit
from infra.adapters.mail import Attachment, BadLetter, Fate, follow_letters, send
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor
from infra.kit.errors import Conflict, Invalid, NotFound, Text
from infra.ui.letters import render_letter
from modules.crm.domain.access import require_on, visible
from modules.crm.domain.activity import owner_of, tell_all
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.files import storage_key
from modules.crm.domain.kinds import KINDS, Kind, kind_of
from modules.crm.domain.notifying import notify_unsent
from modules.crm.domain.places import clients_of
from modules.crm.models import Activity, Affiliation, ContactPoint

FOLLOWED = "crm.letter"
QUEUED = "queued"
_PATIENCE = timedelta(hours=1)
_WRITABLE = frozenset({"lead", "contact", "company", "deal"})
_STATES: Mapping[str, Text] = {
    QUEUED: gettext_lazy("On its way to %(to)s."),
    Fate.WAITS: gettext_lazy("The mail server does not answer. The letter to %(to)s is tried again by itself."),
    Fate.SENT: gettext_lazy("Sent to %(to)s."),
    Fate.REFUSED: gettext_lazy("Not sent: the mail server refuses the address %(to)s."),
    Fate.FAILED: gettext_lazy("Not sent to %(to)s: the mail server did not answer for hours."),
}


def may_be_written_to(kind: Kind) -> bool:
    """Whether a letter can be written from the cards of `kind`; quotes and invoices are sent with their paper."""
    return kind.key in _WRITABLE or (kind.link == "item" and (kind.has("contact_id") or kind.has("company_id")))


def known_addresses(actor: Actor, record: Any) -> list[str]:
    """E-mails that a letter about `record` may go to, as far as `actor` sees them: its own, its people's, its
    company's, those of its company's people."""
    owners = [record, *clients_of(record)]
    company_id = record.pk if record.kind == "company" else getattr(record, "company_id", None)
    if company_id is not None:
        people = Affiliation.objects.filter(company_id=company_id).select_related("contact").order_by("position", "id")
        owners += [row.contact for row in people[:20]]
    found: list[str] = []
    for name in ("lead", "contact", "company"):
        ids = {one.pk for one in owners if one.kind == name}
        if not ids or "emails" in hidden(actor, KINDS[name]):
            continue
        reached = visible(actor, KINDS[name]).filter(pk__in=ids).values("pk")
        rows = ContactPoint.objects.filter(kind="email", **{f"{name}__in": reached}).exclude(value="")
        by_owner: dict[int, list[str]] = {}
        for pk, value in rows.order_by("position", "id").values_list(f"{name}_id", "value"):
            by_owner.setdefault(pk, []).append(value)
        found += [value for one in owners if one.kind == name for value in by_owner.get(one.pk, ())]
    return list(dict.fromkeys(found))


def post(activity: Activity, *, to: str, text: str, language: str, answers: str, url: str = "") -> None:
    """Hand the letter that `activity` stands for to the mail, its files with it.

    `answers` is where the client's answer goes; with `url`, a client's page, it goes in the frame of a paper. Raises
    Invalid(to).
    """
    if url:
        frame = "crm/letters/document"
        words = {"head": activity.subject, "text": text, "url": url, "is_invoice": activity.invoice_id is not None}
    else:
        frame, words = "crm/letters/plain", {"subject": activity.subject, "body": text}
    letter = render_letter(frame, words, language=language)
    kept = {"to": to, "state": QUEUED, "language": language, "answers": answers, "url": url}
    activity.details = {**activity.details, "letter": kept}
    activity.save(update_fields=["details"])
    files = [
        Attachment(name=file.name, key=storage_key(file), content_type=file.content_type)
        for file in activity.files.order_by("pk")
    ]
    try:
        send(
            to,
            letter.subject,
            letter.text,
            letter.html,
            reply_to=answers,
            attachments=files,
            about=(FOLLOWED, activity.pk),
        )
    except BadLetter:
        raise Invalid(fields={"to": [_("Write one e-mail address.")]}) from None


def followed(activity_id: int, fate: Fate) -> None:
    """Write down what the mail says about a letter; its author hears when it will not leave."""
    with transaction.atomic():
        row = Activity.objects.select_for_update(of=("self",)).filter(pk=activity_id).first()
        letter = (row.details if row is not None else {}).get("letter")
        if row is None or letter is None or letter["state"] == fate:
            return
        row.details = {**row.details, "letter": {**letter, "state": str(fate)}}
        row.save(update_fields=["details"])
        tell_all(row, "commented", SYSTEM)
        record = owner_of(SYSTEM, row)
        if fate in (Fate.REFUSED, Fate.FAILED) and record is not None and (person := row.author_id) is not None:
            notify_unsent(record, person, letter["to"])


def follow() -> None:
    """Have the mail tell what becomes of letters from cards."""
    follow_letters(FOLLOWED, followed)


def fate_of(activity: Activity, *, named: bool = True) -> dict[str, Any] | None:
    """What a timeline says of a letter: `text` with the address where that may be `named`, whether it `failed`, and
    whether it may be sent `again`."""
    letter = activity.details.get("letter")
    if letter is None:
        return None
    state = letter["state"]
    return {
        "text": _STATES[state] % {"to": letter["to"] if named else "…"},
        "state": state,
        "failed": state in (Fate.REFUSED, Fate.FAILED),
        "again": _stuck(activity),
    }


def _stuck(activity: Activity) -> bool:
    state = activity.details["letter"]["state"]
    silent = state in (QUEUED, Fate.WAITS) and activity.updated_at < timezone.now() - _PATIENCE
    return state in (Fate.REFUSED, Fate.FAILED) or silent


def send_again(*, actor: Actor, activity: Activity) -> Activity:
    """Hand a letter that has not left to the mail once more. Raises Conflict, Denied, NotFound, ReadOnly."""
    gates.require_writable()
    record = owner_of(actor, activity)
    if record is None or "letter" not in activity.details:
        raise NotFound
    require_on(actor, kind_of(record).permission("edit"), record)
    with transaction.atomic():
        row = Activity.objects.select_for_update(of=("self",)).get(pk=activity.pk)
        if not _stuck(row):
            raise Conflict(_("This letter is on its way or sent already."))
        kept = row.details["letter"]
        names = ("to", "language", "answers", "url")
        post(row, text=row.text, **{name: kept[name] for name in names})
        audit.record(actor, "letter.again", record.ref, {"to": (None, kept["to"])}, note=row.subject)
        tell_all(row, "commented", actor)
    return row
