"""Room for Python's frames: a call stack that does not ask the system for memory over and over.

CPython 3.11 and later keep frames in chunks of 16 KB and give a chunk back as soon as its first frame returns
(`push_chunk` and `_PyThreadState_PopFrame` in Python/pystate.c). A loop that happens to run right at the end of a chunk
so maps, touches and unmaps memory at every single call: the leads' page did that a thousand times a request, a fifth of
its CPU, and whether a page does depends on nothing but its depth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
_WORDS = 16_400  # a frame of 128 KB, for which CPython maps 256 KB: the other half is there for what it calls


def roomy(call: Callable[Given, Result]) -> Callable[Given, Result]:
    """`call`, run where the frames of everything below it find room in one chunk (128 KB, some hundred calls deep)."""

    def wide(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        return call(*args, **kwargs)

    wide.__code__ = wide.__code__.replace(co_stacksize=_WORDS)
    return wide
