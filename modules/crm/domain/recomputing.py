"""What follows from own fields, on all records of a kind: the results of formulas, and the words they are found by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from modules.crm.domain import value_index
from modules.crm.domain.kinds import Kind, field_map, kind_named
from modules.crm.domain.locking import lock_all
from modules.crm.domain.searched import write_searches
from modules.crm.domain.shaping import compute_formulas
from modules.crm.models import CustomField

_BATCH = 500


def recompute_formulas(kind_key: str) -> None:
    """Bring the results of a kind's formulas up to date on all its records, some hundred at a time."""
    kind = kind_named(kind_key)
    items = field_map(kind)
    formulas = [item for item in items.values() if item.type == CustomField.Type.FORMULA]
    for records in _batches(kind):
        for record in records:
            before = dict(record.custom)
            compute_formulas(record, items)
            if record.custom != before:
                kind.rows().filter(pk=record.pk).update(custom=record.custom)
                value_index.index(record, formulas)


def refresh_searches(kind_key: str) -> None:
    """Find all records of a kind by the words of the fields that are searched now."""
    kind = kind_named(kind_key)
    items = field_map(kind)
    for records in _batches(kind):
        write_searches(kind, records, items)


def _batches(kind: Kind) -> Iterator[list[Any]]:
    """All records, those in the trash too, locked until what is done to a batch is written."""
    last = 0
    while ids := list(kind.rows().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]):
        with transaction.atomic():
            for trashed in (False, True):
                yield list(lock_all(kind, ids, trashed=trashed).values())
        last = ids[-1]
