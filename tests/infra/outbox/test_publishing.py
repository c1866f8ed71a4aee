"""Publishing: with the change or not at all, and one handler's failure is its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from infra.audit.models import AuditEntry
from infra.kit.errors import Denied, NoPortal, NotFound, UnknownName
from infra.kit.events import Event
from infra.kit.spec import Mode
from infra.outbox import publish
from infra.outbox.backoff import ATTEMPTS, pause
from infra.outbox.domain import failures
from infra.outbox.domain.delivering import deliver_one
from infra.outbox.jobs import prune
from infra.outbox.models import Delivery, OutboxEvent
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.infra.specimens import Happened, subscribed


@pytest.fixture(autouse=True)
def both_modes() -> Iterator[None]:
    with subscribed(Mode.INLINE, Mode.WORKER):
        yield


def marks() -> list[str]:
    return list(
        AuditEntry.objects.filter(action__startswith="specimen.").order_by("id").values_list("action", flat=True)
    )


def delivery(handler: str) -> Delivery:
    return Delivery.objects.get(handler=f"tests.infra.specimens.{handler}")


def make_due() -> None:
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(seconds=1))


def test_inline_runs_at_once_and_worker_waits(portal: Portal) -> None:
    event_id = publish(Happened(note="hello"))
    assert marks() == ["specimen.inline"]
    assert (delivery("inline").status, delivery("by_worker").status) == ("done", "pending")
    assert OutboxEvent.objects.get().event() == Happened(note="hello")
    assert OutboxEvent.objects.get().pk == event_id
    assert deliver_one() is True
    assert deliver_one() is False
    assert marks() == ["specimen.inline", "specimen.worker"]


@pytest.mark.parametrize(("mood", "error"), [("refuse", "The Free plan has 1 lead."), ("break", "division by zero")])
def test_failing_inline_handler_is_rolled_back_alone_and_retried(portal: Portal, mood: str, error: str) -> None:
    publish(Happened(mood=mood))
    kept = delivery("inline")
    assert (marks(), kept.status, kept.attempts) == ([], "pending", 1)
    assert error in kept.last_error
    assert timedelta(seconds=4) < kept.next_attempt_at - timezone.now() <= timedelta(seconds=10)
    OutboxEvent.objects.update(payload=Happened().to_payload())  # the cause is mended
    make_due()
    while deliver_one():
        pass
    assert sorted(marks()) == ["specimen.inline", "specimen.worker"]
    assert (delivery("inline").status, delivery("inline").attempts) == ("done", 2)


def test_a_delivery_is_given_up_after_its_attempts(portal: Portal) -> None:
    publish(Happened(mood="refuse"))
    for _ in range(ATTEMPTS):
        make_due()
        while deliver_one():
            pass
    assert set(Delivery.objects.values_list("status", "attempts")) == {("dead", ATTEMPTS)}
    make_due()
    assert deliver_one() is False
    assert marks() == []


def test_an_event_nobody_knows_any_more_fails_readably(portal: Portal) -> None:
    publish(Happened())
    OutboxEvent.objects.update(name="specimen.gone")
    deliver_one()
    assert "specimen.gone" in delivery("by_worker").last_error


def test_publish_refuses_unknown_events_and_missing_transactions(portal: Portal) -> None:
    class Unheard(Event):
        name = "specimen.unheard"

    with pytest.raises(UnknownName):
        publish(Unheard())
    assert not OutboxEvent.objects.exists()


def test_publish_outside_any_portal_is_refused(db: None) -> None:
    with pytest.raises(NoPortal):
        publish(Happened())


def test_rollback_takes_the_event_along(portal: Portal) -> None:  # promise 41
    sid = transaction.savepoint()
    publish(Happened())
    transaction.savepoint_rollback(sid)
    assert not OutboxEvent.objects.exists()
    assert not Delivery.objects.exists()


def test_back_off_doubles_to_an_hour_with_jitter() -> None:
    for attempts, longest in ((1, 10), (2, 20), (5, 160), (10, 3600), (500, 3600)):
        waits = {pause(attempts).total_seconds() for _ in range(50)}
        assert longest / 2 <= min(waits) < max(waits) <= longest


def test_old_done_events_are_forgotten_and_open_ones_kept(portal: Portal) -> None:
    done, waiting, young = publish(Happened()), publish(Happened()), publish(Happened())
    Delivery.objects.exclude(event_id=waiting).update(status="done", done_at=timezone.now())
    OutboxEvent.objects.exclude(pk=young).update(created_at=timezone.now() - timedelta(days=31))
    prune.run()
    assert set(OutboxEvent.objects.values_list("pk", flat=True)) == {waiting, young}
    assert done not in Delivery.objects.values_list("event_id", flat=True)


def dead() -> int:
    publish(Happened(mood="refuse"))
    Delivery.objects.update(status="dead", attempts=ATTEMPTS, last_error="The Free plan has 1 lead.")
    return delivery("inline").pk


def test_administrator_sees_and_repeats_a_failed_delivery(
    portal: Portal, carol: User, as_: Callable[[User], Client]
) -> None:
    pk = dead()
    page = as_(carol).get("/settings/deliveries/")
    assert page.status_code == 200
    assert "The Free plan has 1 lead." in page.content.decode()
    OutboxEvent.objects.update(payload=Happened().to_payload())
    assert as_(carol).post(f"/settings/deliveries/{pk}/retry/").status_code == 302
    assert (delivery("inline").status, delivery("inline").attempts) == ("pending", 0)
    assert deliver_one() is True
    assert delivery("inline").status == "done"
    assert AuditEntry.objects.get(action="delivery.retry").actor_id == carol.pk


def test_administrator_discards_a_failed_delivery(portal: Portal, carol: User, as_: Callable[[User], Client]) -> None:
    pk = dead()
    assert as_(carol).post(f"/settings/deliveries/{pk}/discard/").status_code == 302
    assert not Delivery.objects.filter(pk=pk).exists()
    assert AuditEntry.objects.get(action="delivery.discard").actor_id == carol.pk


def test_employee_may_not(portal: Portal, bob: User) -> None:
    pk = dead()
    for verb in (failures.retry_delivery, failures.discard_delivery):
        with pytest.raises(Denied):
            verb(actor=bob, delivery_id=pk)
    assert delivery("inline").status == "dead"


def test_operator_sees_and_repeats_dead_letters_of_a_portal(portal: Portal, globex: Portal, charlie: User) -> None:
    pk = dead()
    found = failures.dead_letters(portal)
    assert {failure.id for failure in found} >= {pk}
    assert failures.dead_letters(globex) == []
    failures.retry_dead_letter(actor=charlie, portal=portal, delivery_id=pk)
    entry = AuditEntry.objects.get(action="delivery.retry")
    assert (entry.actor_id, entry.actor_name) == (None, f"{charlie.display_name} (operator)")
    with pytest.raises(NotFound):
        failures.discard_dead_letter(actor=charlie, portal=globex, delivery_id=pk)
