"""Records of other rooms that this one only points at."""

from __future__ import annotations

from typing import cast

from django.utils.module_loading import import_string

from infra.kit.access import Actor
from infra.kit.errors import UnknownName
from infra.kit.refs import RecordCard, RecordRef
from infra.kit.registry import registry


def card_of(actor: Actor, ref: RecordRef) -> RecordCard | None:
    """How the record behind ``ref`` looks, None where it is gone, not the actor's, or its room is not installed."""
    try:
        kind = registry.record_kind(ref.module, ref.kind)
    except UnknownName:
        return None
    return cast("RecordCard | None", import_string(kind.resolve)(actor, ref.id))
