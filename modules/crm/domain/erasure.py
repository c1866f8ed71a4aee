"""What is done with CRM's data when a person is erased (GDPR, article 17)."""

from __future__ import annotations

from django.db.models import F, Func, Value

from modules.crm.domain.kinds import model_named
from modules.crm.models import (
    OWNERS,
    Activity,
    CardLayout,
    Change,
    CustomField,
    DuplicatePair,
    FieldValue,
    File,
    Goal,
    Import,
    Payment,
    PinnedReport,
    Recurrence,
    Report,
    ReportMailing,
    RotationMember,
    Rule,
)

_NONE_LEFT = "NULLIF(%(function)s(%(expressions)s), '{}')"  # an empty list of ids is kept as NULL


def erase_person(user_id: int) -> None:
    """Take the person's name off records, comments and plans; the customers stay the company's."""
    RotationMember.objects.filter(person_id=user_id).delete()
    CardLayout.objects.filter(person_id=user_id).delete()
    Change.objects.filter(author_id=user_id).delete()
    DuplicatePair.objects.filter(apart_by_id=user_id).update(apart_by=None)
    Import.objects.filter(author_id=user_id).update(author=None)
    _forget_reports(user_id)
    for model in OWNERS.values():
        model.objects.filter(responsible_id=user_id).update(responsible=None)
        model.objects.filter(created_by_id=user_id).update(created_by=None)
        watched = model.objects.filter(watchers__contains=[user_id])
        watched.update(watchers=Func(F("watchers"), Value(user_id), function="array_remove", template=_NONE_LEFT))
    Activity.objects.filter(author_id=user_id).update(author=None)
    Activity.objects.filter(responsible_id=user_id).update(responsible=None)
    Activity.objects.filter(done_by_id=user_id).update(done_by=None)
    Rule.objects.filter(author_id=user_id).update(author=None)
    File.objects.filter(author_id=user_id).update(author=None)
    Payment.objects.filter(author_id=user_id).update(author=None)
    Recurrence.objects.filter(author_id=user_id).update(author=None)
    _drop_values(user_id)


def _forget_reports(user_id: int) -> None:
    """Private reports go with the person; those that were shared stay the company's."""
    PinnedReport.objects.filter(person_id=user_id).delete()
    Goal.objects.filter(person_id=user_id).delete()
    ReportMailing.people.through.objects.filter(user_id=user_id).delete()
    ReportMailing.objects.filter(author_id=user_id).update(author=None)
    Report.objects.filter(author_id=user_id, shared=False).delete()
    Report.objects.filter(author_id=user_id).update(author=None)


def _drop_values(user_id: int) -> None:
    """Custom fields that name the person forget them."""
    for field in CustomField.objects.filter(type=CustomField.Type.PERSON):
        ids = FieldValue.objects.filter(field=field, number=user_id).values_list("record_id", flat=True)
        for record in model_named(field.kind).objects.filter(pk__in=list(ids)):
            kept = record.custom.get(field.key)
            left = [pk for pk in kept if pk != user_id] if isinstance(kept, list) else None
            if left:
                record.custom[field.key] = left
            else:
                record.custom.pop(field.key, None)
            record.save(update_fields=["custom"])
        FieldValue.objects.filter(field=field, number=user_id).delete()
