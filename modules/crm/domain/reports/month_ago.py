"""What was forgotten a month ago: worked out from the stays in stages, the activities and the audit log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Greatest
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit.errors import Text
from infra.ui import formats
from modules.crm.domain.access import reached
from modules.crm.domain.kinds import Kind
from modules.crm.domain.reports.asking import Ask
from modules.crm.domain.reports.period import shifted
from modules.crm.models import Activity, Stage, StageStay

_OF_STAGES = ("stage", "pipeline", "kind")
_ID: BigIntegerField[Any, Any] = BigIntegerField()


def waited_then(ask: Ask, kind: Kind, query: QueryDict, days: int) -> dict[str, int]:
    """How many records of the filter `query` were open a month ago (`n`), and how many of them had nothing planned
    (`none`), a step that was overdue (`overdue`), or had not been touched for `days` (`quiet`).

    Records that were put into the trash since count. A stage counts as open by what it means today.
    """
    moment = _moment(ask)
    plain = query.copy()
    for name in _OF_STAGES:  # where they stood then, not where they stand now
        plain.pop(name, None)
    stages = _stages(kind, query)
    found = dict.fromkeys(("n", "none", "overdue", "quiet"), 0)
    gone = reached(kind.rows().filter(deleted_at__gt=moment), ask.actor, kind, "view")
    for rows in (ask.rows(kind, plain), ask.rows(kind, plain, gone)):
        for name, number in _counted(_open_then(rows, kind, stages, moment), kind, moment, days).items():
            found[name] += number
    return found


def told(ask: Ask) -> Text:
    """What has to be said of these figures."""
    words = _(
        "“Before” is what it was on %(day)s, for the people, filter and rights of today. A planned step that was"
        " removed since is not known any more; one that was put off counts by its new day."
    )
    return words % {"day": formats.day(_moment(ask).date())}


def _moment(ask: Ask) -> datetime:
    """This time of day a month ago."""
    return timezone.make_aware(datetime.combine(shifted(ask.today, "month", -1), timezone.localtime().time()))


def _stages(kind: Kind, query: QueryDict) -> list[int]:
    """The stages that are open, of those that the filter names."""
    rows = Stage.objects.filter(pipeline__kind=kind.key, kind=Stage.Kind.OPEN)
    for name, column in (("stage", "pk__in"), ("pipeline", "pipeline__in")):
        if asked := [value for value in query.getlist(name) if value]:
            rows = rows.filter(**{column: asked})
    return list(rows.order_by().values_list("pk", flat=True))


def _open_then(rows: Any, kind: Kind, stages: list[int], moment: datetime) -> Any:
    stays = StageStay.objects.filter(entered_at__lte=moment, left_at__gt=moment, **{kind.link: OuterRef("pk")})
    stood = Subquery(stays.order_by("-left_at").values("stage_id")[:1])
    rows = rows.filter(Q(closed_at__isnull=True) | Q(closed_at__gt=moment), created_at__lte=moment)
    rows = rows.annotate(stood=Case(When(stage_since__lte=moment, then=F("stage_id")), default=stood, output_field=_ID))
    # Of a stage that is gone no stay is kept: whoever was closed later was open then.
    return rows.filter(Q(stood__in=stages) | Q(stood__isnull=True) & (Q(stage__in=stages) | Q(closed_at__gt=moment)))


def _counted(rows: Any, kind: Kind, moment: datetime, days: int) -> dict[str, int]:
    since = moment - timedelta(days=days)
    span = {"gte": since, "lt": moment}
    own: dict[str, Any] = {kind.link: OuterRef("pk")}
    planned = Activity.objects.filter(Q(done_at__isnull=True) | Q(done_at__gt=moment), created_at__lte=moment, **own)
    touches = (
        Activity.objects.filter(Q(**_within("created_at", span)) | Q(**_within("done_at", span)), **own),
        StageStay.objects.filter(**_within("left_at", span), **own),
        audit.about("crm", kind.link).filter(record_id=OuterRef("pk"), **_within("at", span)),
    )
    later = Q(touched__gte=moment)  # what was done last says nothing about the time before it
    for touch in touches:
        later &= ~Q(Exists(touch))
    rows = rows.annotate(touched=Greatest("updated_at", "last_activity_at"))
    found: dict[str, int] = rows.aggregate(
        n=Count("pk"),
        none=Count("pk", filter=~Q(Exists(planned.filter(due_at__isnull=False)))),
        overdue=Count("pk", filter=Q(Exists(planned.filter(due_at__lt=moment)))),
        quiet=Count("pk", filter=Q(created_at__lt=since) & (Q(touched__lt=since) | later)),
    )
    return found


def _within(name: str, span: dict[str, datetime]) -> dict[str, datetime]:
    return {f"{name}__{end}": moment for end, moment in span.items()}
