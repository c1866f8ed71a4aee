"""Phones, e-mails, messengers and sites: many of each, each with a type, the same through a form and the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from infra.kit.errors import Invalid
from modules.crm.domain.contact_points import read_lists
from modules.crm.domain.kinds import CONTACT
from modules.crm.domain.merge import merge_records
from modules.crm.models import Contact
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]
LONDON = "+44 20 7946 0123"


def test_two_extensions_of_a_number_are_two_phones_and_outlive_a_form(
    portal: Portal, as_: SignIn, api: ApiClient, alice: User
) -> None:
    Portal.objects.filter(pk=portal.pk).update(region="GB")
    phones = [
        {"typed": "020 7946 0123", "label": "work", "extension": "12"},
        {"typed": f"{LONDON} ext. 34"},
        {"typed": "+442079460123 ext. 34", "label": "home"},
        {"typed": "+7 495 123 45 67"},
    ]
    body = json.dumps({"first_name": "Ann", "phones": phones, "sites": [{"typed": "a.example", "label": "home"}]})
    made = api(alice).post("/api/v1/contacts", body, content_type="application/json").json()
    assert [(one["e164"], one["extension"]) for one in made["phones"]] == [
        ("+442079460123", "12"),
        ("+442079460123", "34"),
        ("+74951234567", ""),
    ]
    assert made["sites"] == [{"typed": "a.example", "label": "home"}]
    page, client = f"/crm/contacts/{made['id']}/", as_(alice)
    card = client.get(page).content.decode()
    assert '<a href="tel:+442079460123;ext=12">020 7946 0123 ext. 12</a>' in card  # as people write it at home
    assert '<a href="tel:+74951234567">+7 495 123-45-67</a>' in card
    assert "020 7946 0123 ext. 12" in client.get("/crm/contacts/?q=Ann").content.decode()
    shown = [one["typed"] for one in made["phones"]]
    sent = {"phones_given": "1", "phones": shown, "phones_label": ["work", "", ""]}
    assert client.post(f"{page}edit/phones/", sent, headers={"HX-Request": "true"}).status_code < 300
    kept = Contact.objects.get(pk=made["id"])
    assert [(p.extension, p.label) for p in kept.contact_points.filter(kind="phone").order_by("position")] == [
        ("12", "work"),
        ("34", ""),
        ("", ""),
    ]


def test_many_ways_to_reach_come_together(portal: Portal, alice: User) -> None:
    twins = [
        record(alice, CONTACT, first_name="Ann", phones=[f"+44 20 7946 0{n}{place:02}" for place in range(15)])
        for n in range(2)
    ]
    assert merge_records(actor=alice, record=twins[0], others=twins[1:]).contact_points.count() == 30


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("phones", {"typed": LONDON, "label": "wrok"}),
        ("phones", {"typed": LONDON, "extension": "abc"}),
        ("phones", {"typed": LONDON, "extension": "12345678901"}),
        ("phones", {"typed": "123 " + "x" * 300}),
        ("sites", {"typed": "https://a.example/" + "x" * 300}),
        ("messengers", {"typed": "+7 49", "label": "whatsapp"}),
    ],
)
def test_what_cannot_be_kept_whole_is_refused(portal: Portal, name: str, given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        read_lists({name: [given]})
    assert list(refused.value.fields) == [name]


def test_a_messenger_may_be_a_number(portal: Portal) -> None:
    [point] = read_lists({"messengers": [{"typed": "+44 20 7946-0123", "label": "whatsapp"}]})
    assert (point.typed, point.value) == ("+44 20 7946-0123", "+442079460123")
