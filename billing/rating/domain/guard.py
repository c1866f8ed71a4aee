"""The fraud guard: what owners switch on, caps, alarms, and the stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from billing.models import Hold
from billing.rating.domain import account as accounts
from billing.rating.models import Alert, Call, CallAccount, Refusal
from infra import audit, jobs
from infra.db.current import current_portal, enter
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Denied, Invalid, NotFound, WayOut
from tenants.people.domain.policy import has_second_factor
from tenants.people.models import User
from tenants.portals.domain.status import Operator
from tenants.portals.models import Portal

PROTECT = "rating.protection.manage"
CONSOLE = "operator.console.use"
BURST = 20
"""So many refused calls abroad, to premium or to unknown numbers within WINDOW look like fraud."""
WINDOW = timedelta(minutes=10)
QUIET = timedelta(hours=1)
_SUSPECT = (
    "international", "premium", "unknown_prefix", "price_cap", "rate_cap", "machine_abroad", "number_cap", "prefix_cap",
)  # fmt: skip
_ALARMS = {
    "spend_cap": Alert.Kind.SPEND,
    "rate_cap": Alert.Kind.RATE,
    "price_cap": Alert.Kind.PRICE,
    "machine_abroad": Alert.Kind.PREFIX,
    "number_cap": Alert.Kind.PREFIX,
    "prefix_cap": Alert.Kind.PREFIX,
}
SWITCHES = ("international", "premium", "machines_abroad")
CAPS: Mapping[str, tuple[Decimal, Decimal]] = {
    "max_concurrent": (Decimal(0), Decimal(1000)),
    "max_per_minute": (Decimal(0), Decimal(1000)),
    "max_seconds": (Decimal(60), Decimal(accounts.LONGEST_CALL)),
    "max_price": (Decimal(0), Decimal(10_000)),
    "max_spend": (Decimal(0), Decimal(10_000_000)),
}


def set_protection(
    *,
    actor: Actor,
    international: bool,
    premium: bool,
    caps: Mapping[str, Decimal | int | None],
    machines_abroad: bool = False,
) -> CallAccount:
    """Switch destinations on or off and set the caps of the entered portal; None for the service's own cap.

    Tightening needs the right alone; whatever opens something also needs the person's second factor.

    Raises Denied, Invalid.
    """
    require_permission(actor, PROTECT)
    faults = {
        name: [_("Give a number from %(least)s to %(most)s.") % {"least": low, "most": high}]
        for name, (low, high) in CAPS.items()
        if (value := caps.get(name)) is not None and not low <= value <= high
    }
    if faults:
        raise Invalid(fields=faults)
    portal = current_portal()
    with transaction.atomic():
        account = accounts.locked(portal.id)
        switches = dict(zip(SWITCHES, (international, premium, machines_abroad), strict=True))
        wanted: dict[str, Any] = {**switches, **{name: caps.get(name) for name in CAPS}}
        changes = {
            name: (_plain(getattr(account, name)), _plain(value))
            for name, value in wanted.items()
            if getattr(account, name) != value
        }
        if not changes:
            return account
        if any(_opens(name, getattr(account, name), wanted[name]) for name in changes):
            require_second_factor(actor)
        for name, value in wanted.items():
            setattr(account, name, value)
        account.changed_by = actor.display_name
        account.save()
        audit.record(actor, action="rating.protection.set", changes=changes)
    return account


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _opens(name: str, before: Any, after: Any) -> bool:
    if name in SWITCHES:
        return bool(after)
    return name in _LOOSE if before is None else after is None or after > before


_LOOSE = frozenset({"max_price", "max_spend", "max_per_minute", "max_concurrent"})
"""Caps whose first own value may lie above the service's."""


def require_second_factor(actor: Actor) -> None:
    """Raises Denied unless the actor signs in with a second factor."""
    if isinstance(actor, User) and not has_second_factor(actor):
        raise Denied(
            _("Set up two-step sign-in first. It keeps a stolen password from spending your money."),
            code="second_factor_first",
            way_out=WayOut(text=_("Set up two-step sign-in"), url="/account/two-step/"),
        )


def refused(*, portal: Portal, call_id: str, number: str, code: str, now: datetime) -> None:
    """Keep a refusal; tell owners of a cap that was hit; stop the calls of a portal whose refusals come in a burst."""
    with transaction.atomic():
        Refusal.objects.create(portal=portal, code=code, number=number[:40], call_id=call_id)
        suspect = code in _SUSPECT and (
            Refusal.objects.filter(portal=portal, at__gt=now - WINDOW, code__in=_SUSPECT).count() >= BURST
        )
    if kind := _ALARMS.get(code):
        alarm(portal_id=portal.pk, schema=portal.schema_name, kind=kind, detail=number[:40], now=now)
    if suspect:
        stop(portal=portal, reason="burst", actor=SYSTEM)


@transaction.atomic
def alarm(*, portal_id: int, schema: str, kind: str, detail: str, now: datetime) -> Alert | None:
    """Note something owners must know, and tell them after the commit; None where they were told within the hour."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"rating.alert.{portal_id}.{kind}"])
    rows = Alert.objects.filter(portal_id=portal_id, kind=kind, at__gt=now - QUIET)
    if kind == Alert.Kind.NEW_COUNTRY:
        rows = rows.filter(detail=detail)
    if rows.exists():
        return None
    alert = Alert.objects.create(portal_id=portal_id, kind=kind, detail=detail[:200])
    with enter(schema):
        jobs.named("rating.tell_owners").enqueue(alert.pk)
    return alert


def stop(*, portal: Portal, reason: str, actor: Actor) -> CallAccount:
    """Let no paid call start and have the running ones cut: the switch hears of it with its next word or its next
    look at `to_cut`. Doing it twice changes nothing."""
    now = datetime.now(UTC)
    with transaction.atomic():
        account = accounts.locked(portal.pk)
        if account.stopped_at is not None:
            return account
        account.stopped_at, account.stop_reason = now, reason[:40]
        account.save(update_fields=["stopped_at", "stop_reason"])
        with enter(portal):
            audit.record(
                actor if actor is SYSTEM else Operator(actor.display_name), action="rating.calls.stop", note=reason
            )
        alarm(portal_id=portal.pk, schema=portal.schema_name, kind=Alert.Kind.STOPPED, detail=reason, now=now)
    return account


def resume(*, actor: Actor, portal: Portal) -> CallAccount:
    """Let calls start again: the portal's own people with the right and a second factor, or the operator.

    Raises Denied.
    """
    own = isinstance(actor, User) and current_portal().id == portal.pk
    require_permission(actor, PROTECT if own else CONSOLE)
    require_second_factor(actor)
    with transaction.atomic():
        account = accounts.locked(portal.pk)
        if account.stopped_at is None:
            return account
        account.stopped_at, account.stop_reason = None, ""
        account.save(update_fields=["stopped_at", "stop_reason"])
        Refusal.objects.filter(portal=portal, at__gt=datetime.now(UTC) - WINDOW).update(code="cleared")
        with enter(portal):
            audit.record(actor if own else Operator(actor.display_name), action="rating.calls.resume")
    return account


def stop_by_operator(*, actor: Actor, portal: Portal) -> CallAccount:
    """The operator's own stop. Raises Denied."""
    require_permission(actor, CONSOLE)
    return stop(portal=portal, reason="operator", actor=actor)


def to_cut() -> list[str]:
    """The switch's ids of running calls that must end now: of portals whose calls are stopped, and those that run on
    money which was taken back from the wallet meanwhile (promise 69)."""
    rows = Call.objects.filter(state__in=Call.OPEN)
    rows = rows.filter(Q(portal__calling__stopped_at__isnull=False) | Q(portal_id__in=_overdrawn(), reserved__gt=0))
    rows = rows.exclude(direction=Call.Direction.IN, reserved=0)
    return list(rows.exclude(route="emergency").order_by("pk").values_list("call_id", flat=True)[:1000])


def _overdrawn() -> list[int]:
    """Portals of whose wallet more is reserved than there is."""
    held = Hold.objects.filter(state=Hold.State.OPEN, expires_at__gt=datetime.now(UTC))
    sums = held.values("wallet__portal_id").annotate(held=Sum("amount"))
    there = F("wallet__balance") + F("wallet__credit_limit")
    return list(sums.filter(held__gt=there).values_list("wallet__portal_id", flat=True))


def acknowledge(*, actor: Actor, alert_id: int) -> None:
    """The operator has seen an alert. Raises Denied, NotFound."""
    require_permission(actor, CONSOLE)
    now = datetime.now(UTC)
    if not Alert.objects.filter(pk=alert_id).update(seen_at=now, seen_by=actor.display_name):
        raise NotFound
