"""The end of what lies in the trash: records go with all that is theirs alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from infra.adapters.storage import get_storage, portal_key
from infra.kit import gates
from modules.crm.domain import value_index
from modules.crm.domain.kinds import Kind, kind_of_type, kinds
from modules.crm.domain.queries import purge_before
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
)

_BATCH = 500
_CHANGES_KEPT, _MERGES_KEPT = timedelta(days=1), timedelta(days=30)


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
