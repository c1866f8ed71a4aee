"""The door of the sites room: the only functions other floors and flows call."""

from __future__ import annotations

from uuid import UUID

from infra.kit.refs import RecordRef
from modules.sites.domain.destination import receive_with
from modules.sites.domain.goods import sell_with
from modules.sites.domain.site import prepare_first_site
from modules.sites.domain.submission import mark_delivered

__all__ = ["delivered", "prepare_first_site", "receive_with", "sell_with"]


def delivered(*, submission_id: int, event_id: UUID, lead: RecordRef) -> None:
    """Tell that the submission of a ``FormSubmitted`` event became ``lead``. Doing it twice changes nothing."""
    mark_delivered(submission_id=submission_id, event_id=event_id, lead=lead)
