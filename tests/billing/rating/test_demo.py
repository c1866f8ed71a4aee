"""The demo company has telephoned."""

from collections.abc import Callable

from django.db.models import Sum
from django.test import Client

from billing.domain import wallet
from billing.rating.demo import CALLS, INCOMING, demo
from billing.rating.models import Call
from tenants.people.models import User
from tenants.portals.models import Portal


def test_the_demo_has_calls_with_prices(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    demo(portal)
    calls = Call.objects.filter(portal=portal)
    charged = calls.aggregate(sum=Sum("charge"))["sum"]
    assert (calls.count(), wallet.balance(portal.pk)) == (CALLS + INCOMING, 20 - charged)
    assert charged > 0
    assert calls.filter(direction="in", charge=0, seconds__gt=0).count() == INCOMING
    assert as_(alice).get("/billing/calls/").content.decode().count("/billing/calls/") > CALLS
