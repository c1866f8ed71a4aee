"""What the demo makes in a moment is spread over the days in which it would have happened."""

from __future__ import annotations

import random
from datetime import datetime

from django.db.models import F
from django.utils import timezone

from modules.crm.domain.kinds import Kind
from modules.crm.models import Activity, StageStay
from modules.crm.models.record import Record


def age(kind: Kind, record: Record, *, at: datetime, moved: datetime, dice: random.Random) -> None:
    """`record` came at `at` and reached its stage at `moved`; stages between share that time."""
    span = timezone.now() - at
    rows = kind.rows().filter(pk=record.pk)
    rows.update(created_at=at, stage_since=moved)
    rows.filter(closed_at__isnull=False).update(closed_at=F("stage_since"))
    stays = list(StageStay.objects.filter(**{kind.link: record.pk}).order_by("pk"))
    for place, stay in enumerate(stays):
        stay.entered_at = at + (moved - at) * place / len(stays)
        stay.left_at = at + (moved - at) * (place + 1) / len(stays)
    StageStay.objects.bulk_update(stays, ["entered_at", "left_at"])
    for comment in Activity.objects.filter(**{kind.link: record.pk}, kind=Activity.Kind.COMMENT).order_by("pk"):
        Activity.objects.filter(pk=comment.pk).update(created_at=at + span * dice.uniform(0.05, 0.95))
