"""The letter to a visitor, and the link in it that proves the address to be theirs."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from modules.crm.models import Lead
from modules.sites.domain.form import design_form
from modules.sites.domain.publishing import publish_site
from modules.sites.models import Form, Status, Submission
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites
from tests.factories.site import ANSWERS

Commits = Callable[..., Any]


@pytest.fixture
def form(portal: Portal) -> Form:
    return sites.form_of(sites.site(published=False))


def with_letter(form: Form, **letter: Any) -> Form:
    design_form(
        actor=SYSTEM, form=form, version=form.version, name=form.name, fields=form.fields,
        submit_label="Send", thank_you="Thanks", letter=letter,
    )  # fmt: skip
    publish_site(actor=SYSTEM, site=form.site)
    return Form.objects.get(pk=form.pk)


def send(form: Form, commits: Commits, number: int = 1, **values: str) -> Any:
    with commits(execute=True):
        return sites.visitor(form.site).post(
            f"/_f/{form.public_id}", {**ANSWERS, **values}, REMOTE_ADDR=f"203.0.113.{number}"
        )


def test_the_letter_says_what_was_sent_without_links_of_strangers(
    form: Form, letters: list[EmailMessage], django_capture_on_commit_callbacks: Commits
) -> None:
    form = with_letter(form, subject="Thank you, {name}", text="{form}, {company}:\n{answers}")

    sent = send(form, django_capture_on_commit_callbacks, f1="Ann evil.example/buy", f4="Two cakes")

    assert sent["Location"].endswith("/thanks")
    (letter,) = letters
    assert (letter.to, letter.subject) == (["ann@visitor.example"], "Thank you, Ann …")
    assert "How can we help?: Two cakes" in letter.body
    assert "Acme" in letter.body
    assert "evil" not in letter.body
    assert Lead.objects.count() == 1
    for number in range(2, 6):
        send(form, django_capture_on_commit_callbacks, number, f2=f"+44207946010{number}")
    assert len(letters) == 3  # an address gets three a day, whoever writes it into the form
    assert Submission.objects.filter(status=Status.FORWARDED).count() == 5


def test_nothing_goes_on_before_the_address_is_confirmed(
    form: Form, letters: list[EmailMessage], django_capture_on_commit_callbacks: Commits
) -> None:
    form = with_letter(form, confirm=True)

    asked = send(form, django_capture_on_commit_callbacks)

    assert asked["Location"] == f"/_f/{form.public_id}/asked"
    client = sites.visitor(form.site)
    assert "we have sent you a letter" in client.get(asked["Location"]).content.decode()
    assert (Submission.objects.get().status, Lead.objects.count()) == (Status.UNCONFIRMED, 0)
    found = re.search(r"https?://[^/\s]+(/_f/\S+/confirm/\S+)", letters[0].body)
    assert found is not None
    link = found[1]
    assert client.get(link).status_code == 200  # a program that looks into letters opens links: nothing happens
    assert Lead.objects.count() == 0
    assert client.post(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 410
    assert "Thanks" in client.post(link).content.decode()
    kept = Submission.objects.get()
    assert (kept.status, kept.confirm_key, Lead.objects.count()) == (Status.FORWARDED, "", 1)
    assert client.post(link).status_code == 410
    assert Lead.objects.count() == 1


def test_a_link_is_good_for_three_days_and_a_person_may_deliver_without_it(
    form: Form,
    letters: list[EmailMessage],
    django_capture_on_commit_callbacks: Commits,
    as_: Callable[[User], Client],
    alice: User,
) -> None:
    form = with_letter(form, confirm=True)
    send(form, django_capture_on_commit_callbacks)
    found = re.search(r"https?://[^/\s]+(/_f/\S+/confirm/\S+)", letters[0].body)
    assert found is not None
    with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
        client = sites.visitor(form.site)
        assert "older than three days" in client.get(found[1]).content.decode()
        assert client.post(found[1]).status_code == 410
    assert Lead.objects.count() == 0

    kept = Submission.objects.get()
    as_(alice).post(f"/sites/submissions/{kept.pk}/replay/")
    assert (Submission.objects.get().status, Lead.objects.count()) == (Status.FORWARDED, 1)
    assert sites.visitor(form.site).post(found[1]).status_code == 410


@pytest.mark.parametrize(
    ("letter", "fields"),
    [
        ({"text": "Hi {nme}"}, ["letter_text"]),
        ({"text": "x" * 5001}, ["letter_text"]),
        ({"subject": "x" * 151, "text": "Hi"}, ["letter_subject"]),
    ],
)
def test_a_letter_that_cannot_be_sent_is_refused(form: Form, letter: dict[str, str], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        with_letter(form, **letter)
    assert list(refusal.value.fields) == fields


def test_a_letter_needs_an_address(form: Form) -> None:
    form.fields = [row for row in form.fields if row["kind"] != "email"]
    with pytest.raises(Invalid) as refusal:
        with_letter(form, confirm=True)
    assert list(refusal.value.fields) == ["letter_text"]
