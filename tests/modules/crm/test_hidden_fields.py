"""What a role may not see it does not find, count, sort, compare or guess either: one record full of it, every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from infra.kit.registry import registry
from infra.kit.spec import Scope
from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, LEAD, QUOTE, fields_of
from modules.crm.domain.letter import write_template
from modules.crm.domain.record import edit_record
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.models import Deal, ProductRow
from tenants.people.domain.role import create_role
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

SignIn = Callable[[User], Client]
ApiClient = Callable[..., Client]
# Every form in which a hidden value could show.
HUSHED = ("900777", "hush", "98765", "98,765", "98\u00a0765")


@pytest.fixture
def nosy(portal: Portal, alice: User, bob: User) -> User:
    """Bob, who may see, change and export every record, and sees none of their fields but the names."""
    rights = {
        permission.key: max(permission.scopes)
        for permission in registry.permissions
        if permission.key.startswith("crm.") and not permission.key.endswith(".manage")
    }
    role = create_role(actor=alice, name="Nosy", base="employee", permissions={**rights, "crm.lead.view": Scope.ALL})
    bob.role = role
    bob.save()
    return bob


@pytest.fixture
def hushed(portal: Portal, alice: User, nosy: User) -> dict[str, Any]:
    """A record of each kind, with a twin where there can be one; all that can be hidden is hidden from `nosy`."""
    reach = {"phones": ["+44 7700 900777"], "emails": ["x@hushmail.example"], "addresses": [{"city": "Hushham"}]}
    found: dict[str, Any] = {}
    for kind in (COMPANY, CONTACT, LEAD, DEAL, QUOTE):
        own = add_field(actor=alice, kind=kind, design=FieldDesign(name="Own", in_list=True, in_search=True))
        values = {own.key: "hushown", "comment": "hush"}
        values |= reach if kind.reachable else {}
        values |= {"amount": "98765.43", "closes_on": "2030-03-05"} if kind is DEAL else {}
        values |= {"amount": "98765.43", "person_name": "Hush", "company_name": "Hushly"} if kind is LEAD else {}
        values |= {"company_id": found["company"].pk} if kind in (DEAL, QUOTE) else {}
        name = "first_name" if kind is CONTACT else kind.title_field
        found[kind.key] = record(alice, kind, **{name: f"Seen {kind.key}", **values})
        if kind.reachable:
            record(alice, kind, **{name: f"Twin {kind.key}"}, phones=reach["phones"])
    set_rows(actor=alice, record=found["quote"], rows=[{"title": "Mill", "price": "98765.43"}])
    edit_record(actor=alice, record=found["deal"], changes={"comment": "hush once more"})
    for kind in (COMPANY, CONTACT, LEAD, DEAL, QUOTE):
        for item in fields_of(kind):
            if (item.custom or not item.required) and item.key not in ("first_name", "number", "status"):
                set_field_rights(actor=alice, kind=kind, field=item.key, rights={nosy.role_id: "hidden"})
    return found


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode("utf-8", "replace"))


def test_no_page_shows_it(hushed: dict[str, Any], alice: User, nosy: User, as_: SignIn) -> None:
    pages = ["/", "/crm/leads/board/", "/crm/deals/board/", "/crm/deals/calendar/?month=2030-03", "/palette/?q=Seen"]
    for kind in (COMPANY, CONTACT, LEAD, DEAL, QUOTE):
        row = hushed[kind.key]
        pages += [kind.url(), f"{kind.url()}?export=csv", f"{kind.url()}?order=-amount", kind.url("card", row.pk)]
        pages += [f"/crm/choose/?kinds={kind.key}&q=Seen"]
        if kind.mergeable and kind is not DEAL:
            pages += [kind.url("merge", row.pk), kind.url("duplicates")]
    pages += ["/crm/contacts/?export=vcf", f"/crm/companies/{hushed['company'].pk}/holding/"]
    pages += [f"/crm/leads/{hushed['lead'].pk}/convert/", "/crm/duplicates/contact/?phones=%2B447700900777"]
    body = "{{amount}} {{phones}} {{comment}} {{company_name}}"
    template = write_template(actor=alice, kind=LEAD, name="Offer", subject="{{title}}", body=body)
    pages += [f"/crm/leads/{hushed['lead'].pk}/write/?template={template.pk}"]
    browser, shown = as_(nosy), {}
    for page in pages:
        answer = browser.get(page)
        text = text_of(answer)
        if answer.status_code >= 500 or any(word in text for word in HUSHED):
            where = [text.find(word) for word in HUSHED if word in text]
            shown[page] = [answer.status_code, *(text[max(0, place - 60) :][:80] for place in where)]
    assert shown == {}


@pytest.mark.parametrize("typed", ["7700900777", "hushown", "x@hushmail.example", "Hush"])
def test_nothing_is_found_by_it(hushed: dict[str, Any], nosy: User, as_: SignIn, api: ApiClient, typed: str) -> None:
    for kind in (COMPANY, CONTACT, LEAD, DEAL):
        assert "Seen" not in as_(nosy).get(kind.url(), {"q": typed}).content.decode(), kind.key
        assert api(nosy).get(f"/api/v1/{kind.plural_key}", {"q": typed}).json()["results"] == [], kind.key
        seen = api(nosy).get(f"/api/v1/{kind.plural_key}", {"q": "seen"}).json()["results"]
        assert [row["id"] for row in seen] == [hushed[kind.key].pk], kind.key


def test_the_api_neither_orders_nor_filters_by_it(hushed: dict[str, Any], nosy: User, api: ApiClient) -> None:
    client, deal = api(nosy), hushed["deal"].pk
    asked = {
        "/deals?order=amount": 400,
        "/leads?order=amount": 400,
        "/quotes?order=total": 400,
        "/deals?amount_min=1": 400,
        "/deals?contact=1": 400,
        f"/deals?company={hushed['company'].pk}": 400,
        f"/contacts?company={hushed['company'].pk}": 400,
        "/contacts?contact=%2B447700900777": 400,
        "/leads?contact=x@hushmail.example": 400,
        f"/deals/{deal}/rows": 403,
        f"/quotes/{hushed['quote'].pk}/rows": 403,
        f"/quotes/{hushed['quote'].pk}/pdf": 403,
    }
    assert {path: client.get(f"/api/v1{path}").status_code for path in asked} == asked
    twins = client.get(f"/api/v1/contacts/{hushed['contact'].pk}/duplicates").json()["results"]
    assert twins == []


def test_rows_do_not_change_an_amount_that_may_only_be_read(
    portal: Portal, alice: User, nosy: User, api: ApiClient
) -> None:
    deal = record(alice, DEAL, title="Bread", amount="10")
    set_field_rights(actor=alice, kind=DEAL, field="amount", rights={nosy.role_id: "read"})
    body = {"rows": [{"title": "Mill", "price": "5"}]}
    answer = api(nosy).put(
        f"/api/v1/deals/{deal.pk}/rows", body, content_type="application/json", headers={"If-Match": "*"}
    )
    assert answer.status_code == 403
    assert (Deal.objects.get(pk=deal.pk).amount, ProductRow.objects.filter(deal=deal).count()) == (10, 0)


def test_what_was_done_names_no_record_that_is_not_seen(portal: Portal, alice: User, bob: User, as_: SignIn) -> None:
    contact = record(alice, CONTACT, first_name="Ann")
    deal = record(alice, DEAL, title="Hushed deal", contacts=[contact.pk])
    plan_activity(actor=alice, record=deal, plan=Plan(kind="call", subject="Talk"), done=True)
    type(contact).objects.filter(pk=contact.pk).update(responsible=bob)
    page = as_(bob).get("/crm/activities/done/").content.decode()
    assert ("Talk" in page, "Ann" in page, "Hushed deal" in page) == (True, True, False)
