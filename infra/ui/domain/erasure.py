"""A person's data leave with them."""

from __future__ import annotations

from infra.ui.models import Notification, Preference, SavedView


def erase_person(user_id: int) -> None:
    """Remove what the person kept and was told; views they shared stay without an author."""
    Preference.objects.filter(person_id=user_id).delete()
    Notification.objects.filter(person_id=user_id).delete()
    Notification.objects.filter(actor_id=user_id).update(actor=None)
    SavedView.objects.filter(author_id=user_id, shared=False).delete()
    SavedView.objects.filter(author_id=user_id).update(author=None)
