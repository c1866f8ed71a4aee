"""What Prometheus learns of the books (promise 84)."""

from __future__ import annotations

from collections.abc import Iterator

from billing.models import LedgerCheck
from infra.ops.metrics import Reading, gauge


def register() -> None:
    """Connect the reading; called once, when the apps are ready."""
    gauge("portal_ledger_differences", "What did not add up at the last nightly check of the ledger", _differences)


def _differences() -> Iterator[Reading]:
    last = LedgerCheck.objects.order_by("-pk").first()
    yield {}, float(len(last.differences)) if last is not None else 0.0
