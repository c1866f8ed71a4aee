"""From a stranger's form to a lead: before the thank-you, exactly once, and never lost."""

import threading
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.kit.errors import Denied, ReadOnly
from infra.kit.registry import registry
from infra.outbox.domain.delivering import deliver_one
from infra.outbox.models import Delivery
from infra.ui.models import Notification
from modules.crm.models import Lead
from modules.sites.domain import publishing
from modules.sites.domain.form import design_form
from modules.sites.domain.submission import replay_submission
from modules.sites.models import Form, Status, Submission
from saas.flows import site_form_to_lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites
from tests.factories.site import ANSWERS


@pytest.fixture
def form(portal: Portal) -> Form:
    return sites.form_of(sites.site())


def post(form: Form, **more: str) -> Any:
    return sites.visitor(form.site).post(f"/_f/{form.public_id}", {**ANSWERS, **more}, HTTP_ACCEPT="application/json")


class Broken:
    """A CRM that answers every lead with an error, until it is mended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
        self._real = site_form_to_lead.crm.accept_lead
        self._error: Exception | None = error
        monkeypatch.setattr(site_form_to_lead.crm, "accept_lead", self)

    def __call__(self, intake: Any) -> Any:
        if self._error is not None:
            Lead.objects.order_by("pk").update(comment="half done")
            raise self._error
        return self._real(intake)

    def mend(self) -> None:
        self._error = None


def test_the_lead_is_there_before_the_answer(form: Form) -> None:
    answer = post(form, utm_source="news", referrer="https://search.example/", f4="Two cakes, please")

    assert answer.status_code == 200
    lead = Lead.objects.get()
    sent = Submission.objects.get()
    assert (lead.person_name, lead.source, lead.source_detail) == ("Ann Lee", "form", "Bakery: Contact form")
    assert (sent.status, sent.lead, sent.reason) == (Status.FORWARDED, str(lead.ref), "")
    assert str(lead.origin) == f"sites.submission:{sent.pk}"
    assert {point.value for point in lead.contact_points.all()} == {"+442079460123", "ann@visitor.example"}
    assert lead.marks["utm_source"] == "news"
    assert lead.marks["referrer"] == "https://search.example/"


def test_the_person_named_by_the_form_gets_the_lead_and_hears_of_it(form: Form, bob: User) -> None:
    design_form(
        actor=SYSTEM,
        form=form,
        version=form.version,
        name=form.name,
        fields=form.fields,
        submit_label="Send",
        thank_you="Thanks",
        responsible_id=bob.pk,
    )
    publishing.publish_site(actor=SYSTEM, site=form.site)

    post(form)

    lead = Lead.objects.get()
    assert lead.responsible == bob
    assert Notification.objects.filter(person_id=bob.pk).count() == 1


@pytest.mark.parametrize("error", [RuntimeError("crash"), ReadOnly("The CRM is closed.")])
def test_a_broken_crm_loses_nothing(form: Form, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    crm = Broken(monkeypatch, error)

    answer = post(form)

    kept = Submission.objects.get()
    assert answer.status_code == 200
    assert (kept.status, kept.lead) == (Status.FAILED, "")
    known = (
        "The CRM is closed."
        if isinstance(error, ReadOnly)
        else "The CRM could not take it. It is tried again by itself."
    )
    assert kept.reason == known
    assert "crash" not in kept.reason
    assert not Lead.objects.exists()

    crm.mend()
    Delivery.objects.update(next_attempt_at=timezone.now())
    assert deliver_one()

    kept.refresh_from_db()
    assert (kept.status, kept.reason, kept.lead) == (Status.FORWARDED, "", str(Lead.objects.get().ref))


def test_without_a_crm_the_submission_waits(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_subscriptions", {})

    post(form)

    assert Submission.objects.get().status == Status.ACCEPTED


def test_a_failed_one_is_delivered_by_hand_once(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    crm = Broken(monkeypatch, RuntimeError("crash"))
    post(form)
    still = replay_submission(actor=SYSTEM, submission=Submission.objects.get())
    assert (still.status, Lead.objects.count()) == (Status.FAILED, 0)
    crm.mend()

    first = replay_submission(actor=SYSTEM, submission=still)
    second = replay_submission(actor=SYSTEM, submission=still)
    while deliver_one():
        pass

    assert (first.status, second.status) == (Status.FORWARDED, Status.FORWARDED)
    assert Lead.objects.count() == 1


def test_suspected_spam_becomes_a_lead_only_by_a_persons_word(form: Form, bob: User, alice: User) -> None:
    post(form, website="https://spam.example", utm_source="news")
    aside = Submission.objects.get()
    assert (aside.status, Lead.objects.count()) == (Status.QUARANTINE, 0)

    with pytest.raises(Denied):
        replay_submission(actor=bob, submission=aside)
    done = replay_submission(actor=alice, submission=aside)
    replay_submission(actor=alice, submission=aside)

    lead = Lead.objects.get()
    assert (done.status, done.lead) == (Status.FORWARDED, str(lead.ref))
    assert (lead.person_name, lead.marks["utm_source"]) == ("Ann Lee", "news")


def test_running_the_flow_twice_gives_one_lead(form: Form) -> None:
    post(form)
    delivery = Delivery.objects.select_related("event").get()

    with transaction.atomic():
        site_form_to_lead.make_lead(delivery.event.event(), delivery=delivery)

    assert Lead.objects.count() == 1


@pytest.mark.commits
def test_fifty_at_once_are_stored_once_each(fresh_portal: Any) -> None:  # promises 39, 54
    portal = fresh_portal("Initech")
    with enter(portal):
        site = sites.site("initech-site")
        form = sites.form_of(site)
        proofs = [sites.ripe_proof(portal.schema_name, form.public_id) for _ in range(25)]
    answers: list[int] = []

    def send(number: int) -> None:
        # Every proof is used by two: a second click arrives at the same moment as the first.
        client: Client = sites.visitor(site)
        own = {"f1": f"Visitor {number // 2}", "f2": f"+4420794600{number // 2:02}", "f3": f"v{number // 2}@x.example"}
        data = {**ANSWERS, **own, "proof": proofs[number // 2]}
        answers.append(client.post(f"/_f/{form.public_id}", data, HTTP_ACCEPT="application/json").status_code)
        connections.close_all()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with enter(portal):
        assert answers == [200] * 50
        assert sorted(Submission.objects.values_list("title", flat=True)) == sorted(f"Visitor {n}" for n in range(25))
        while deliver_one():
            pass
        assert sorted(Lead.objects.values_list("person_name", flat=True)) == sorted(f"Visitor {n}" for n in range(25))
        assert set(Submission.objects.values_list("status", flat=True)) == {Status.FORWARDED}
    connection.close()


def test_a_form_asks_the_database_for_little(portal: Portal) -> None:
    form = sites.form_of(sites.site())
    sites.send(form)
    with CaptureQueriesContext(connection) as asked:
        sites.send(form, {**sites.ANSWERS, "f3": "second@example.com"})
    work = [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    # A known customer without a proof of work; the form and the plan are remembered outside of a test's transaction.
    # One of them asks whether a rule of CRM waits for such a lead.
    assert len(work) <= 20, work
