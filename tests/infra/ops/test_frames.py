"""Calls below `roomy` find room for their frames, however deep it was called."""

import resource
from collections.abc import Callable

import pytest

from infra.ops.frames import roomy

CALLS = 300


def leaf(number: int) -> int:
    return number


def many(deep: int) -> int:
    return many(deep - 1) if deep else sum(leaf(number) for number in range(CALLS))


def faults(work: Callable[[int], int], deep: int) -> int:
    work(deep)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    assert work(deep) == CALLS * (CALLS - 1) // 2
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def test_no_depth_maps_memory_at_every_call() -> None:
    work = roomy(many)
    assert max(faults(work, deep) for deep in range(400)) < CALLS


def test_arguments_results_and_errors_pass_through() -> None:
    assert roomy(lambda *args, **named: (args, named))(1, two=2) == ((1,), {"two": 2})
    with pytest.raises(ZeroDivisionError):
        roomy(lambda: 1 // 0)()
