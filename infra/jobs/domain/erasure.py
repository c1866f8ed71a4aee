"""A person's jobs leave with them."""

from __future__ import annotations

from infra.jobs.models import UNFINISHED, Job


def erase_person(user_id: int) -> None:
    """Remove the person's finished jobs; what still runs ends without a name, and is nobody's."""
    mine = Job.objects.filter(started_by_id=user_id)
    mine.exclude(state__in=UNFINISHED).delete()
    mine.update(title=f"#{user_id}", note="", cancel_requested=True, started_by_id=None)
