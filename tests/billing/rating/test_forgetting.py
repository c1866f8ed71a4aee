"""People who leave and portals that are erased take their telephones and numbers with them."""

from collections.abc import Callable

import pytest

from billing.domain.override import override_limit
from billing.rating.domain.events import Word, tell
from billing.rating.domain.forgetting import forget_erased_portals, forget_person
from billing.rating.domain.refused import CallRefused
from billing.rating.domain.settle import Cdr, settle
from billing.rating.models import Call, Deck, SipUser
from infra.db.current import enter
from infra.kit.access import SYSTEM
from tenants.people.domain.person import deactivate_person
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.call import at, call, caller, deck, money
from tests.support import portals


def test_a_leaver_telephones_no_more(portal: Portal, alice: User, bob: User) -> None:
    deck()
    money(portal, "60")
    device = caller(portal)
    SipUser.objects.update(person_id=bob.pk)
    deactivate_person(actor=alice, person=bob)
    device.refresh_from_db()
    with pytest.raises(CallRefused) as refused:
        call(device)
    assert refused.value.code == "device_off"
    forget_person(bob.pk)
    device.refresh_from_db()
    assert (device.label, device.person_id) == (device.username, None)


def test_an_erased_portals_numbers_go_and_its_charges_stay(portal: Portal) -> None:
    deck()
    override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
    money(portal, "60")
    call(caller(portal))
    charge = settle(Cdr(call_id="c1", answered_at=at(0), ended_at=at(60))).charge
    forget_erased_portals()  # those that were erased before
    assert Call.objects.get(portal_id=portal.pk).number
    Portal.objects.filter(pk=portal.pk).update(status="erased", slug=None)
    assert forget_erased_portals() == 1
    assert forget_erased_portals() == 0
    found = Call.objects.get(portal_id=portal.pk)
    assert (found.number, found.caller, found.charge, found.prefix) == ("", "", charge, "442")
    assert not SipUser.objects.filter(portal_id=portal.pk).exists()


@pytest.mark.commits
def test_a_portal_that_has_called_can_be_erased(fresh_portal: Callable[..., Portal]) -> None:  # promise 16
    portal = fresh_portal()
    with enter(portal):
        made = deck()
        override_limit(actor=SYSTEM, portal=portal, limit="rating.minutes", maximum=0, reason="test")
        money(portal, "60")
        name = call(caller(portal), call_id=f"erased-{portal.pk}", now=at(-1)).call.call_id
        for kind, second in (("start", 0), ("answer", 0), ("end", 60)):
            tell(Word(call_id=name, kind=kind, at=at(second)))
    try:
        portals.erase(portal)
        assert Portal.objects.get(pk=portal.pk).status == Portal.Status.ERASED
        forget_erased_portals()
        kept = Call.objects.get(portal_id=portal.pk)
        assert (kept.number, kept.charge is not None, kept.device_id) == ("", True, None)
    finally:
        Call.objects.filter(portal_id=portal.pk).delete()
        Deck.objects.filter(pk=made.pk).delete()
