"""A demo company's leads."""

from __future__ import annotations

from typing import Any


def demo(portal: Any) -> None:
    """Fill a demo portal."""
