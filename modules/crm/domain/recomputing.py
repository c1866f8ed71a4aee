"""The results of formulas, on all records of a kind."""

from __future__ import annotations

from modules.crm.domain import value_index
from modules.crm.domain.kinds import field_map, kind_named
from modules.crm.domain.shaping import compute_formulas
from modules.crm.models import CustomField

_BATCH = 500


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
