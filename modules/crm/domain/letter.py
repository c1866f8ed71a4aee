"""Letters to clients: templates, and sending one so that it stays on the timeline."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.adapters.mail import BadLetter, send
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.refs import RecordRef
from infra.ui.letters import render_letter
from modules.crm.domain.access import require_on
from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.kinds import Kind, kind_of
from modules.crm.domain.places import read_text
from modules.crm.models import Activity, LetterTemplate

MANAGE = "crm.rule.manage"


def letter_templates(kind: Kind | None = None) -> QuerySet[LetterTemplate]:
    """Templates in use, of `kind` or of all."""
    rows = LetterTemplate.objects.filter(archived_at__isnull=True)
    return rows if kind is None else rows.filter(kind=kind.key)


def access_template(template_id: int) -> LetterTemplate:
    """A template in use. Raises NotFound."""
    found = letter_templates().filter(pk=template_id).first()
    if found is None:
        raise NotFound
    return found


def write_template(
    *, actor: Actor, kind: Kind, name: str, subject: str, body: str, template: LetterTemplate | None = None
) -> LetterTemplate:
    """Make a template, or change one. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    wrong: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    for key, given, longest in (("name", name, 100), ("subject", subject, 200), ("body", body, 20_000)):
        try:
            texts[key] = read_text(kind, given, key, longest)
            if not texts[key]:
                wrong[key] = [_("Fill this in.")]
        except Invalid as error:
            wrong |= error.fields
    texts["subject"] = " ".join(texts.get("subject", "").split())
    if wrong:
        raise Invalid(fields=wrong)
    row = template or LetterTemplate(kind=kind.key)
    before = {key: getattr(row, key) for key in texts}
    if row.pk and before == texts:
        return row
    for key, text in texts.items():
        setattr(row, key, text)
    try:
        with transaction.atomic():
            row.save()
            action = "letter_template.edit" if template else "letter_template.create"
            changes = {key: (before[key], texts[key]) for key in texts if before[key] != texts[key]} if template else {}
            audit.record(actor, action, RecordRef("crm", "letter_template", row.pk), changes, note=row.name)
    except IntegrityError:
        raise Invalid(fields={"name": [_("There is one of this name already.")]}) from None
    return row


def retire_template(*, actor: Actor, template: LetterTemplate) -> None:
    """Offer a template no longer; rules that send it say so. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        template.archived_at = timezone.now()
        template.save(update_fields=["archived_at"])
        ref = RecordRef("crm", "letter_template", template.pk)
        audit.record(actor, "letter_template.delete", ref, note=template.name)


def send_letter(*, actor: Actor, record: Any, to: str, subject: str, text: str) -> Activity:
    """Send a client a letter in plain words, in the company's frame; it stands on the timeline as done.

    Answers go to the responsible person. Raises Denied, Invalid, NotFound, ReadOnly.
    """
    gates.require_writable()
    subject, text = " ".join(subject.split())[:200], text.strip()
    if not subject or not text:
        raise Invalid(fields={"subject" if not subject else "text": [_("Fill this in.")]})
    require_on(actor, kind_of(record).permission("edit"), record)
    answers = record.responsible.email if record.responsible is not None else ""
    letter = render_letter("crm/letters/plain", {"subject": subject, "paragraphs": text.split("\n\n"), "body": text})
    with transaction.atomic():
        plan = Plan(
            kind=Activity.Kind.LETTER,
            subject=subject,
            text=text[:10_000],
            direction=Activity.Direction.OUT,
            responsible_id=record.responsible_id if actor.id is None else None,
        )
        activity = plan_activity(actor=actor, record=record, plan=plan, done=True, result=_("To: %(to)s") % {"to": to})
        try:
            send(to, letter.subject, letter.text, letter.html, reply_to=answers)
        except BadLetter:
            raise Invalid(fields={"to": [_("This is no e-mail address.")]}) from None
    return activity
