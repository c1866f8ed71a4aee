"""Telling open screens that something of this room changed."""

from __future__ import annotations

from infra import live

LIST = "list:sites.submission"


def changed(submission_id: int) -> None:
    """A submission came or changed; lists of submissions refresh after the commit."""
    live.send(group=LIST, type="record.changed", data={"ref": f"sites.submission:{submission_id}"})
