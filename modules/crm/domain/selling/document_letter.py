"""A quote or invoice by mail, from its card: the PDF goes along, the letter stands on the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.access import require_on
from modules.crm.domain.files import keep_bytes
from modules.crm.domain.kinds import kind_of
from modules.crm.domain.locking import lock
from modules.crm.domain.posting import known_addresses, post
from modules.crm.domain.selling.paper import day, document_pdf, file_name, money, title_of
from modules.crm.domain.selling.public_link import link_of, open_link
from modules.crm.domain.telling import tell
from modules.crm.models import Activity, Invoice

LONGEST = 5_000


@dataclass(frozen=True, kw_only=True)
class Written:
    """A letter as it is offered to be sent."""

    to: str
    subject: str
    text: str


def letter_for(actor: Actor, record: Any) -> Written:
    """What the letter says unless somebody writes it otherwise, in the language of the paper."""
    with translation.override(record.language):
        title = title_of(record)
        text = _("Hello,\n\nplease find attached: %(title)s, %(total)s.") % {
            "title": title,
            "total": money(record.total, record.currency),
        }
        last = record.due_on if isinstance(record, Invoice) else record.valid_until
        if last:
            words = (
                _("Please pay it until %(day)s.") if isinstance(record, Invoice) else _("It is valid until %(day)s.")
            )
            text += " " + words % {"day": day(last)}
        subject = f"{title} – {record.title}" if record.title else title
        return Written(to=(known_addresses(actor, record) or [""])[0], subject=subject[:200], text=text)


def send_document(
    *, actor: Actor, record: Any, to: str, subject: str, text: str, version: int | None = None
) -> Activity:
    """Mail the paper with a link to the client's page; a draft is sent or issued by it. `version` is what the person
    saw: a second click sends no second letter.

    Raises Conflict, Denied, Invalid (to, subject, text), ReadOnly.
    """
    gates.require_writable()
    to, subject, text = to.strip(), " ".join(subject.split()), text.strip()
    wrong = {
        name: [_("At most %(most)s characters.") % {"most": most}]
        for name, value, most in (("subject", subject, 200), ("text", text, LONGEST))
        if len(value) > most or "\0" in value
    }
    wrong |= {name: [_("Fill this in.")] for name, value in (("subject", subject), ("text", text)) if not value}
    if wrong:
        raise Invalid(fields=wrong)
    kind = kind_of(record)
    with transaction.atomic():
        record = lock(kind, record.pk, version)
        require_on(actor, kind.permission("edit"), record)
        record = open_link(actor=actor, record=record)
        activity = _note(actor, record, subject, text)
        keep_bytes(
            record=record,
            activity=activity,
            name=file_name(record),
            content=document_pdf(record),
            content_type="application/pdf",
            author_id=actor.id,
        )
        answers = getattr(actor, "email", "") or ""
        post(activity, to=to, text=text, language=record.language, answers=answers, url=link_of(record))
        record.sent_at = timezone.now()
        record.save(update_fields=["sent_at"])
        audit.record(actor, f"{kind.key}.send", record.ref, {"to": (None, to)})
        tell(record, "commented", actor)
    return activity


def _note(actor: Actor, record: Any, subject: str, text: str) -> Activity:
    return Activity.objects.create(
        **{record.kind: record},
        deal_id=record.deal_id,
        company_id=record.company_id,
        contact_id=record.contact_id,
        kind=Activity.Kind.LETTER,
        direction=Activity.Direction.OUT,
        author_id=actor.id,
        responsible_id=actor.id,
        subject=subject,
        text=text,
        done_at=timezone.now(),
        done_by_id=actor.id,
    )
