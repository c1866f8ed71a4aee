"""What is done with CRM's data when a person is erased (GDPR, article 17)."""

from __future__ import annotations

from modules.crm.models import Activity, Lead, RotationMember


def erase_person(user_id: int) -> None:
    """Take the person's name off leads and comments; the customers stay the company's."""
    RotationMember.objects.filter(person_id=user_id).delete()
    Lead.objects.filter(responsible_id=user_id).update(responsible=None)
    Lead.objects.filter(created_by_id=user_id).update(created_by=None)
    Activity.objects.filter(author_id=user_id).update(author=None)
