"""Meters: what a portal uses, counted once per cause, by day and department, against the company's own caps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Max, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.domain.ledger import exact
from billing.domain.wallet_settings import MANAGE
from billing.models import MeterCap, MeterDay, MeterEvent, MeterName
from infra import audit
from infra.db.current import current_portal
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, LimitReached, WayOut
from tenants.people.models import Department

NOBODY = 0
"""The department of what no department used; as a cap: the whole company's."""
HIGHEST = frozenset({MeterName.STORAGE, MeterName.API_CALLS})
"""Reported as a standing count: a day is its highest report, not the sum. A month of disk is its highest day."""
CAPPED = frozenset({MeterName.MINUTES, MeterName.SMS, MeterName.AI})
"""What is asked for before it is used (`require_room`), so that a cap can refuse it."""
KEPT_DAYS = 100
"""How long single reports stay; the days stay for good."""
USAGE_PAGE = "/billing/usage/"


@dataclass(frozen=True, kw_only=True)
class MonthUse:
    """What one department (0: the rest, or the whole company) used of a meter in a month, and its cap."""

    meter: MeterName
    department_id: int
    quantity: Decimal
    maximum: Decimal | None


def record(
    *, portal_id: int, meter: str, quantity: Decimal, at: datetime, cause: str, department_id: int | None = None
) -> None:
    """Count `quantity` of `meter` on the day of `at` (UTC), once per (meter, cause), by whom it may be called again.

    `storage_bytes` and `api_calls` report a standing count; a day keeps its highest. Raises ValueError for an unknown
    meter or a quantity below zero.
    """
    name, amount = MeterName(meter), exact(quantity)
    if amount < 0:
        raise ValueError("nothing is used backwards")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.billing_meter(%s, %s, %s, %s, %s, %s, %s)",
            [portal_id, name, cause[:160], amount, department_id, at, name in HIGHEST],
        )


def used_in_month(*, portal_id: int, meter: str, day: date, department_id: int | None = None) -> Decimal:
    """What the company (or one of its departments) used of `meter` in the calendar month (UTC) of `day`."""
    rows = days_of(portal_id, MeterName(meter), day.replace(day=1), _month_end(day))
    if department_id is not None:
        rows = rows.filter(department_id=department_id)
    return _total(rows, MeterName(meter))


def room(*, portal_id: int, meter: str, department_id: int | None = None, at: datetime | None = None) -> Decimal | None:
    """How much of `meter` the caps still leave this month to a department, None where none is set. Never below zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.billing_room(%s, %s, %s, %s)", [portal_id, meter, department_id, at or datetime.now(UTC)]
        )
        left: Decimal | None = cursor.fetchone()[0]
    return left


def require_room(
    *, portal_id: int, meter: str, quantity: Decimal = Decimal(1), department_id: int | None = None
) -> None:
    """Raises LimitReached when `quantity` more of `meter` would pass a cap of the department or of the company."""
    left = room(portal_id=portal_id, meter=meter, department_id=department_id)
    if left is None or quantity <= left:
        return
    raise LimitReached(
        _("The company's own cap for “%(meter)s” is used up for this month.") % {"meter": MeterName(meter).label},
        code="cap_reached",
        meter=str(meter),
        left=str(left),
        way_out=WayOut(text=gettext_lazy("An owner or administrator can raise the cap."), url=USAGE_PAGE, ask="owner"),
    )


@transaction.atomic
def set_cap(*, actor: Actor, meter: str, maximum: Decimal | None, department_id: int = NOBODY) -> None:
    """Cap what a department (0: the company) of the entered portal may use in a month; None takes the cap away.

    Raises Denied, Invalid.
    """
    require_permission(actor, MANAGE)
    if meter not in CAPPED or (maximum is not None and not 0 <= maximum < Decimal(10) ** 12):
        raise Invalid(fields={"maximum": [_("Give a number of zero or more, or leave it empty.")]})
    portal_id = current_portal().id
    rows = MeterCap.objects.filter(portal_id=portal_id, meter=meter, department_id=department_id)
    before = rows.values_list("maximum", flat=True).first()
    if maximum is None:
        rows.delete()
    else:
        MeterCap.objects.update_or_create(
            portal_id=portal_id,
            meter=meter,
            department_id=department_id,
            defaults={"maximum": maximum, "set_by": actor.display_name[:200]},
        )
    audit.record(actor, action="billing.cap.change", changes={meter: (_text(before), _text(maximum))})


def department_names() -> dict[int, str]:
    """The entered portal's departments."""
    return dict(Department.objects.order_by("name").values_list("pk", "name"))


def days_of(portal_id: int, meter: MeterName, start: date, end: date) -> QuerySet[MeterDay]:
    """Days from `start` to `end` (included)."""
    return MeterDay.objects.filter(portal_id=portal_id, meter=meter, day__gte=start, day__lte=end)


def history(portal_id: int, meter: MeterName, end: date, days: int = 31) -> list[tuple[date, Decimal]]:
    """Each of the last `days` days up to `end` with what was used, zeros included, oldest first."""
    start = end - timedelta(days=days - 1)
    rows = days_of(portal_id, meter, start, end).values("day").annotate(sum=Sum("quantity"))
    sums = {row["day"]: row["sum"] for row in rows}
    return [(day, sums.get(day, Decimal(0))) for day in (start + timedelta(days=place) for place in range(days))]


def month_use(portal_id: int, day: date) -> list[MonthUse]:
    """Every meter in the month of `day`: the company's line first (department 0), then departments by use."""
    rows = MeterDay.objects.filter(portal_id=portal_id, day__gte=day.replace(day=1), day__lte=_month_end(day))
    caps = {(cap.meter, cap.department_id): cap.maximum for cap in MeterCap.objects.filter(portal_id=portal_id)}
    by_department = {
        (row["meter"], row["department_id"]): row["highest"] if row["meter"] == MeterName.STORAGE else row["sum"]
        for row in rows.values("meter", "department_id").annotate(sum=Sum("quantity"), highest=Max("quantity"))
    }
    found = []
    for meter in MeterName:
        total = sum((value for (name, _id), value in by_department.items() if name == meter), Decimal(0))
        found.append(_use(meter, NOBODY, total, caps))
        departments = {number for name, number in [*by_department, *caps] if name == meter and number}
        lines = [_use(meter, number, by_department.get((meter, number), Decimal(0)), caps) for number in departments]
        found += sorted(lines, key=lambda line: (-line.quantity, line.department_id))
    return found


def forget_old_events(now: datetime | None = None) -> int:
    """Remove single reports that are older than KEPT_DAYS; how many. The days they went into stay."""
    before = (now or datetime.now(UTC)) - timedelta(days=KEPT_DAYS)
    return MeterEvent.objects.filter(at__lt=before).delete()[0]


def _use(meter: MeterName, department_id: int, quantity: Decimal, caps: dict[tuple[str, int], Decimal]) -> MonthUse:
    maximum = caps.get((meter, department_id))
    return MonthUse(meter=meter, department_id=department_id, quantity=quantity, maximum=maximum)


def _total(rows: QuerySet[MeterDay], meter: MeterName) -> Decimal:
    measure = Max("quantity") if meter == MeterName.STORAGE else Sum("quantity")
    return Decimal(rows.aggregate(total=measure)["total"] or 0)


def _month_end(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"
