"""Call records from a file: all rated and charged, or none where a line is wrong."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain import meter, wallet
from billing.rating.domain import account as accounts
from billing.rating.domain import bundles
from billing.rating.domain.authorize import EMERGENCY, Plan, look_up
from billing.rating.domain.decks import LARGEST_FILE, MANAGE, said, text_of
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.settle import note_of
from billing.rating.engine.calls import FileCall, read_calls
from billing.rating.engine.compiled import compiled
from billing.rating.engine.faults import Fault
from billing.rating.engine.faults import noop as gettext_noop
from billing.rating.engine.numbers import is_emergency
from billing.rating.engine.rating import rate_call
from billing.rating.models import Call, CallAccount, SipUser
from infra import audit
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.jobs.domain.queries import own_jobs
from infra.jobs.domain.running import JobRun
from infra.jobs.models import UNFINISHED, Job
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Invalid

TASK = "rating.import_calls"
LONGEST = 86_400
TOLD = 20
"""Wrong lines that are named before the rest of a file is left."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """How an import went: calls charged, calls that were there already, and the money."""

    made: int
    known: int
    total: Decimal


def keep_file(*, actor: Actor, file: BinaryIO, size: int) -> str:
    """Store an uploaded file; its key. Raises Denied, Invalid."""
    require_permission(actor, MANAGE)
    if not 0 < size <= LARGEST_FILE:
        raise Invalid(fields={"file": [_("Choose a file of at most 64 MB.")]})
    return get_storage().put(portal_key(f"rating/records/{random_name()}"), file.read(), "text/csv").key


def records_in_use() -> Iterator[tuple[str, None]]:
    """Keys of files that wait for their import."""
    waiting = Job.objects.filter(task=TASK, state__in=UNFINISHED)
    yield from ((args[0], None) for args in waiting.values_list("args", flat=True))


def recent(actor: Actor) -> list[Job]:
    """The actor's last imports."""
    return list(own_jobs(actor).filter(task=TASK).order_by("-pk")[:5])


def import_file(run: JobRun | None, key: str) -> Result:
    """Rate every record at the price of its answer and charge it, also below the balance: it was spoken already.

    A record whose id is known changes nothing. Raises Invalid, naming the wrong lines, and then nothing is charged.
    """
    made = known = 0
    total = Decimal(0)
    devices: dict[str, SipUser] = {}
    faults: list[Fault] = []

    def wrong(fault: Fault) -> None:
        faults.append(fault)
        if len(faults) == TOLD:
            raise fault

    try:
        with transaction.atomic():
            for record in read_calls(io.StringIO(text_of(key), newline=""), wrong=wrong):
                try:
                    call = _charge(record, devices)
                except Fault as fault:
                    wrong(fault)
                    continue
                if call is None:
                    known += 1
                else:
                    made, total = made + 1, total + (call.charge or 0)
                if run is not None:
                    run.progress(made + known)
            if faults:
                raise faults[0]
            audit.record(SYSTEM, action="rating.calls.import", note=f"{made} / {known} / {total}")
    except Fault as fault:
        lines = [_at(one) for one in (faults or [fault])]
        raise Invalid(f"{'; '.join(lines)}. {_('Nothing was charged.')}") from None
    return Result(made=made, known=known, total=total)


def _at(fault: Fault) -> str:
    return (_("Line %(line)s: ") % {"line": fault.line} if fault.line else "") + said(fault)


def _charge(record: FileCall, devices: dict[str, SipUser]) -> Call | None:
    if not record.id or len(record.id) > 120:
        raise Fault(gettext_noop("a record needs an id of at most 120 characters"), line=record.line)
    device = devices.get(record.account)
    if device is None:
        found = SipUser.objects.select_related("portal").filter(username=record.account).first()
        if found is None:
            raise Fault(gettext_noop("nobody knows the account “%(name)s”"), line=record.line, name=record.account)
        device = devices[record.account] = found
    if Call.objects.filter(call_id=record.id).exists():
        return None
    portal = device.portal
    purse = wallet.wallet_of(portal.pk)
    account = accounts.locked(portal.pk)
    begun = record.answered_at or datetime.now(UTC)
    base = {
        "call_id": record.id,
        "portal": portal,
        "device": device,
        "department_id": device.department_id,
        "state": Call.State.SETTLED,
        "currency": purse.currency,
        "authorized_at": begun,
        "answered_at": record.answered_at,
        "ended_at": begun + timedelta(seconds=record.seconds),
        "settled_at": datetime.now(UTC),
        "granted": LONGEST if record.granted is None else record.granted,
        "cause": "file",
    }
    if is_emergency(record.number):
        return Call.objects.create(
            **base, number=record.number, route=EMERGENCY, seconds=record.seconds, charge=Decimal(0)
        )
    try:
        plan = look_up(portal, f"+{record.number}", purse.currency, begun)
    except CallRefused:
        raise Fault(
            gettext_noop("the deck has no prefix for %(number)s"), line=record.line, number=record.number
        ) from None
    return _rated(record, plan, account, base)


def _rated(record: FileCall, plan: Plan, account: CallAccount, base: dict[str, object]) -> Call:
    portal_id, ready = account.pk, compiled(plan.priced.tariff)
    target = bundles.Target(number=plan.number, group=plan.priced.rate.group, home=plan.home)
    stock = bundles.usable(portal_id, target, record.answered_at) if record.answered_at else []
    lots = [bundles.lot(bundle, bundle.left) for bundle in stock]
    charge = rate_call(ready, record.answered_at, record.seconds, lots, record.granted)
    call = Call.objects.create(
        **base,
        number=plan.number,
        destination=plan.priced.rate.destination,
        prefix=plan.priced.rate.prefix,
        country=plan.country,
        route=plan.priced.rate.route,
        snapshot={**plan.priced.snapshot(), "group": plan.priced.rate.group, "home": plan.home},
        seconds=charge.seconds,
        billed_seconds=charge.billed_seconds,
        bundle_seconds=charge.bundle_seconds,
        charge=charge.amount,
        exact=ready.exact_text(ready.units(charge.exact))[:200],
    )
    bundles.use(call, charge.lots)
    if charge.amount:
        wallet.charge(
            portal_id=portal_id, amount=charge.amount, cause=f"call:{call.pk}", note=note_of(call), forced=True
        )
    if charge.billed_seconds and record.answered_at is not None:
        minutes = (Decimal(charge.billed_seconds) / 60).quantize(Decimal("0.000001"))
        meter.record(
            portal_id=portal_id, meter="minutes", quantity=minutes, at=record.answered_at, cause=f"call:{call.pk}",
            department_id=call.department_id,
        )  # fmt: skip
    return call
