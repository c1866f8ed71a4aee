"""Work that comes round."""

import time
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from infra.jobs import portal_task, service_task
from infra.jobs.sweeping import schemas_where
from infra.kit import gates
from modules.crm.domain import value_index
from modules.crm.domain.kinds import Kind, field_map, kind_named, kind_of_type, kinds
from modules.crm.domain.people import portal_today
from modules.crm.domain.queries import purge_before
from modules.crm.domain.rules.running import alone, as_the_company, look_at_time, next_due, run_one
from modules.crm.domain.rules.waking import MARKS
from modules.crm.domain.selling import document_status
from modules.crm.domain.selling.online_payment import card_payments_on, close_link_at_stripe, look_for_all_money
from modules.crm.domain.selling.recurrence import make_due
from modules.crm.domain.shaping import compute_formulas
from modules.crm.importing_jobs import (  # noqa: F401  (told to the workers)
    forget_imports,
    import_rows,
    scan_all,
    scan_duplicates,
    undo_import,
)
from modules.crm.jobs_reports import mail_reports as mail_reports  # tasks are looked for in this module
from modules.crm.models import (
    OWNERS,
    Activity,
    CardLayout,
    Change,
    CustomField,
    DuplicatePair,
    FieldRight,
    File,
    ItemType,
    Pipeline,
    RecordQuerySet,
    RuleRun,
)

_BATCH = 500
_SPELL_SECONDS = 60
_CHANGES_KEPT, _MERGES_KEPT = timedelta(days=1), timedelta(days=30)


@portal_task(name="crm.purge_trash")
def purge_trash() -> None:
    """Remove records that lay in the trash for 30 days with all that is theirs alone, some hundred at a time."""
    for kind in kinds().values():
        _purge(kind, kind.rows().trashed().filter(deleted_at__lt=purge_before()))
    for row in ItemType.objects.filter(deleted_at__lt=purge_before()):
        kind = kind_of_type(row)
        _purge(kind, kind.rows())
        for model in (Pipeline, CustomField, FieldRight, CardLayout, Change):
            model._default_manager.filter(kind=kind.key).delete()
        row.delete()
    now = timezone.now()
    Change.objects.exclude(action="merge").filter(created_at__lt=now - _CHANGES_KEPT).delete()
    Change.objects.filter(created_at__lt=now - _MERGES_KEPT).delete()


def _purge(kind: Kind, rows: RecordQuerySet[Any]) -> None:
    while ids := list(rows.values_list("pk", flat=True)[:_BATCH]):
        _remove(kind, ids)
        rows.filter(pk__in=ids).delete()


def _remove(kind: Kind, ids: list[int]) -> None:
    """Free what the keys do not: activities that other records share, stored files, the index of custom values."""
    value_index.forget(kind.key, ids)
    DuplicatePair.objects.filter(kind=kind.key).filter(Q(left_id__in=ids) | Q(right_id__in=ids)).delete()
    shared = Activity.objects.filter(**{f"{kind.link}_id__in": ids})
    for name in OWNERS:
        if name != kind.link:
            shared.filter(**{f"{name}__isnull": False}).update(**{kind.link: None})
    for stored in File.objects.filter(**{f"{kind.link}_id__in": ids}):
        get_storage().delete(portal_key(f"crm/files/{stored.key}"))
        with transaction.atomic():
            gates.release("portals.disk_bytes", stored.size)


@portal_task(name="crm.close_payment_link")
def close_payment_link(link: str) -> None:
    """A payment came another way: close a link that asks for an amount that is no longer open."""
    close_link_at_stripe(link)


@portal_task(name="crm.look_for_money")
def look_for_money() -> None:
    """Ask the company's own payment provider what was paid through links."""
    if card_payments_on():
        look_for_all_money()


@portal_task(name="crm.pass_days")
def pass_days() -> None:
    """Expire quotes, mark invoices overdue, make what repeats, in the portal's own day."""
    today = portal_today()
    document_status.pass_days(today)
    make_due(today)


@portal_task(name="crm.recompute_formulas")
def recompute_formulas(kind_key: str) -> None:
    """Bring the results of a kind's formulas up to date on all its records, some hundred at a time."""
    kind = kind_named(kind_key)
    items = field_map(kind)
    formulas = [item for item in items.values() if item.type == CustomField.Type.FORMULA]
    last = 0
    while True:
        records = list(kind.rows().filter(pk__gt=last).order_by("pk")[:_BATCH])
        if not records:
            return
        last = records[-1].pk
        for record in records:
            before = dict(record.custom)
            compute_formulas(record, items)
            if record.custom != before:
                kind.rows().filter(pk=record.pk).update(custom=record.custom)
                value_index.index(record, formulas)


@portal_task(name="crm.run_rules")
def run_rules() -> None:
    """Do what rules have to do, for a spell; what is left gets a message of its own, and keeps its marks."""
    MARKS.taken_up()
    seen = MARKS.seen()
    until = time.monotonic() + _SPELL_SECONDS
    with alone() as mine, as_the_company():
        if not mine:
            return
        look_at_time()
        while run_one():
            if time.monotonic() > until:
                run_rules.apply_async()
                return
    MARKS.settle(seen, next_due())


@service_task(name="crm.rules_due")
def rules_due() -> None:
    """Send `run_rules` to every portal where something is due: a wait is over, it is time to look, a word was lost."""
    MARKS.send_due()


@service_task(name="crm.rules_sweep")
def rules_sweep() -> None:
    """Look into every portal for due rules without a mark: there are none, unless rows came in by another way."""
    marked = set(MARKS.due(limit=100_000))
    late = (
        ("crm_rulerun", "status = 'waiting' AND due_at <= now()"),
        ("crm_rule", "is_on AND next_look_at <= now()"),
    )
    for table, condition in late:
        for schema in schemas_where(table, condition):
            if schema not in marked:
                marked.add(schema)
                MARKS.leave(schema=schema)


@portal_task(name="crm.prune_runs")
def prune_runs() -> None:
    """Forget runs: those whose conditions did not hold after a week, others after 90 days."""
    now = timezone.now()
    skipped = RuleRun.objects.filter(status=RuleRun.Status.SKIPPED, started_at__lt=now - timedelta(days=7))
    old = RuleRun.objects.exclude(status=RuleRun.Status.WAITING).filter(started_at__lt=now - timedelta(days=90))
    for rows in (skipped, old):
        while RuleRun.objects.filter(pk__in=list(rows.values_list("pk", flat=True)[:_BATCH])).delete()[0]:
            pass
