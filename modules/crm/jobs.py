"""Work that comes round."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from infra.jobs import portal_task
from infra.kit import gates
from modules.crm.domain import value_index
from modules.crm.domain.kinds import Kind, field_map, kind_named, kinds
from modules.crm.domain.queries import purge_before
from modules.crm.domain.shaping import compute_formulas
from modules.crm.models import OWNERS, Activity, Change, CustomField, File

_BATCH = 500
_CHANGES_KEPT, _MERGES_KEPT = timedelta(days=1), timedelta(days=30)


@portal_task(name="crm.purge_trash")
def purge_trash() -> None:
    """Remove records that lay in the trash for 30 days with all that is theirs alone, some hundred at a time."""
    for kind in kinds().values():
        while True:
            rows = kind.rows().trashed().filter(deleted_at__lt=purge_before())
            ids = list(rows.values_list("pk", flat=True)[:_BATCH])
            if not ids:
                break
            _remove(kind, ids)
            kind.rows().trashed().filter(pk__in=ids).delete()
    now = timezone.now()
    Change.objects.exclude(action="merge").filter(created_at__lt=now - _CHANGES_KEPT).delete()
    Change.objects.filter(created_at__lt=now - _MERGES_KEPT).delete()


def _remove(kind: Kind, ids: list[int]) -> None:
    """Free what the keys do not: activities that other records share, stored files, the index of custom values."""
    value_index.forget(kind.key, ids)
    shared = Activity.objects.filter(**{f"{kind.link}_id__in": ids})
    for name in OWNERS:
        if name != kind.link:
            shared.filter(**{f"{name}__isnull": False}).update(**{kind.link: None})
    for stored in File.objects.filter(**{f"{kind.link}_id__in": ids}):
        get_storage().delete(portal_key(f"crm/files/{stored.key}"))
        with transaction.atomic():
            gates.release("portals.disk_bytes", stored.size)


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
