"""What is forgotten of people who left and of portals that were erased; the money stays explained."""

from __future__ import annotations

from django.db import transaction

from billing.rating.models import Alert, Call, CountryCalled, Did, OwnRate, ProvenNumber, Refusal, SipUser
from infra.db.current import current_portal
from tenants.portals.models import Portal


def switch_off(user_id: int) -> int:
    """Keep the telephones of somebody who may no longer sign in to the entered portal out; how many."""
    return SipUser.objects.filter(portal_id=current_portal().id, person_id=user_id).update(enabled=False)


def forget_person(user_id: int) -> None:
    """Let no telephone of the entered portal name the person."""
    for device in SipUser.objects.filter(portal_id=current_portal().id, person_id=user_id):
        device.label, device.person_id, device.department_id = device.username, None, None
        device.enabled = False
        device.save(update_fields=["label", "person_id", "department_id", "enabled"])


def forget_erased_portals() -> int:
    """Remove telephones, dialled numbers and alarms of erased portals; amounts, times and prefixes stay for the books.

    Answers how many portals were forgotten. Doing it again finds nothing.
    """
    forgotten = 0
    erased = Portal.objects.filter(status=Portal.Status.ERASED)
    for portal in erased.filter(calls__forgotten=False).union(erased.filter(sip_users__isnull=False)):
        with transaction.atomic():
            Call.objects.filter(portal_id=portal.pk).update(number="", caller="", forgotten=True)
            for model in (SipUser, Did, ProvenNumber, Refusal, Alert, CountryCalled, OwnRate):
                model._default_manager.filter(portal_id=portal.pk).delete()
        forgotten += 1
    return forgotten
