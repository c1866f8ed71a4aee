"""Letters to clients: templates, and sending one so that it stays on the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.refs import RecordRef
from modules.crm.domain.access import require_on
from modules.crm.domain.activity import MOST_FILES, Plan, plan_activity
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.files import keep_upload
from modules.crm.domain.kinds import Kind, kind_of
from modules.crm.domain.places import fill, read_text
from modules.crm.domain.posting import post
from modules.crm.models import Activity, LetterTemplate

MANAGE = "crm.rule.manage"
LARGEST_LETTER = 20 * 1024 * 1024


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


def filled_in(actor: Actor, template: LetterTemplate, record: Any) -> list[str]:
    """Subject and text of `template` with what `record` has in its places, as far as `actor` sees it."""
    kind = kind_of(record)
    return fill(kind, record, template.subject, template.body, closed=hidden(actor, kind))


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


def send_letter(
    *, actor: Actor, record: Any, to: str, subject: str, text: str, uploads: Sequence[Any] = ()
) -> Activity:
    """Send a client a letter in plain words, in the company's frame, with files; it stands on the timeline as done,
    and says there what became of it.

    Answers go to the writer, where that is a rule to the responsible person. Raises Denied, Invalid (to, subject,
    text), LimitReached, NotFound, ReadOnly.
    """
    gates.require_writable()
    to, subject, text = to.strip(), " ".join(subject.split())[:200], text.strip()
    if empty := [name for name, value in (("to", to), ("subject", subject), ("text", text)) if not value]:
        raise Invalid(fields={name: [_("Fill this in.")] for name in empty})
    if len(uploads) > MOST_FILES or sum(one.size for one in uploads) > LARGEST_LETTER:
        most = {"most": MOST_FILES, "size": LARGEST_LETTER // 1024 // 1024}
        raise Invalid(fields={"files": [_("At most %(most)s files of %(size)s MB together.") % most]})
    require_on(actor, kind_of(record).permission("edit"), record)
    writer = getattr(actor, "email", "") or (record.responsible.email if record.responsible is not None else "")
    with transaction.atomic():
        plan = Plan(
            kind=Activity.Kind.LETTER,
            subject=subject,
            text=text[:10_000],
            direction=Activity.Direction.OUT,
            responsible_id=record.responsible_id if actor.id is None else None,
        )
        activity = plan_activity(actor=actor, record=record, plan=plan, done=True)
        for upload in uploads:
            keep_upload(actor=actor, record=record, upload=upload, comment=activity)
        post(activity, to=to, text=text, language=translation.get_language() or "", answers=writer)
    return activity
