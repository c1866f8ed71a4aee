"""The queues, what a task in each may take, and how much of each one portal may hold at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Queue:
    """`window`: tasks of one portal that may stand in the queue or run at once; limits are in seconds."""

    name: str
    window: int
    soft_limit: int
    hard_limit: int


QUEUES: Mapping[str, Queue] = MappingProxyType(
    {
        queue.name: queue
        for queue in (
            Queue(name="quick", window=16, soft_limit=25, hard_limit=30),
            Queue(name="default", window=8, soft_limit=270, hard_limit=300),
            Queue(name="long", window=1, soft_limit=3300, hard_limit=3420),
        )
    }
)
LONGEST_SECONDS = max(queue.hard_limit for queue in QUEUES.values())
