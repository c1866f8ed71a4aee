"""Own fields: every type read strictly, kept, shown, found; formulas; the same over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from infra.kit.errors import Invalid
from modules.crm.domain import custom_field, formula, value_index
from modules.crm.domain.access import visible
from modules.crm.domain.custom_field import FieldDesign, add_field, bring_back_field, edit_field, retire_field
from modules.crm.domain.field_rights import set_field_rights
from modules.crm.domain.fields import of_custom
from modules.crm.domain.kinds import COMPANY, DEAL
from modules.crm.domain.recomputing import recompute_formulas, refresh_searches
from modules.crm.domain.record import edit_record
from modules.crm.domain.search import found
from modules.crm.models import CustomField, Deal, FieldValue
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record

ApiClient = Callable[..., Client]


def own(owner: User, kind: str, **more: Any) -> CustomField:
    return add_field(actor=owner, kind=DEAL, design=FieldDesign(name=f"Own {kind}", type=kind, **more))


@pytest.mark.parametrize(
    ("kind", "more", "raw", "kept"),
    [
        ("text", {}, " rye ", "rye"),
        ("number", {"places": 1}, "1 200,55", "1200.6"),
        ("money", {}, {"amount": "12,5", "currency": "EUR"}, {"amount": "12.50", "currency": "EUR"}),
        ("date", {}, "2030-03-01", "2030-03-01"),
        ("moment", {}, "2030-03-01T10:00:00+03:00", "2030-03-01T07:00:00+00:00"),
        ("yesno", {}, "no", False),
        ("link", {}, "example.com/a", "https://example.com/a"),
        ("address", {}, {"city": "London", "street": ""}, {"city": "London"}),
    ],
)
def test_values_are_kept_in_one_form(portal: Portal, alice: User, kind: str, more: Any, raw: Any, kept: Any) -> None:
    field = own(alice, kind, **more)
    deal = record(alice, DEAL, title="Bread", **{field.key: raw})
    assert Deal.objects.get(pk=deal.pk).custom == {field.key: kept}
    edit_record(actor=alice, record=deal, changes={field.key: ""})
    assert Deal.objects.get(pk=deal.pk).custom == {}
    assert FieldValue.objects.filter(field=field).count() == 0


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", "x" * 501),
        ("text", "a\0b"),
        ("number", "many"),
        ("number", "1e400"),
        ("money", {"amount": "5", "currency": "XXX"}),
        ("date", "2030-02-31"),
        ("date", "9999-12-31"),
        ("moment", "tomorrow"),
        ("yesno", "perhaps"),
        ("link", "javascript:alert(1)"),
        ("person", "999999999"),
        ("address", {"planet": "Mars"}),
    ],
)
def test_what_is_no_value_changes_nothing(portal: Portal, alice: User, kind: str, raw: Any) -> None:
    field, deal = own(alice, kind), record(alice, DEAL, title="Bread")
    with pytest.raises(Invalid) as refusal:
        edit_record(actor=alice, record=deal, changes={field.key: raw, "title": "Other"})
    assert list(refusal.value.fields) == [field.key]
    assert (Deal.objects.get(pk=deal.pk).title, Deal.objects.get(pk=deal.pk).custom) == ("Bread", {})


def test_filters_answer_alike_by_index_and_by_walk(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = own(alice, "choices", options=["a", "b", "c"])
    number, text, day = own(alice, "number"), own(alice, "text"), own(alice, "date")
    a, b, _c = choice.options.values_list("pk", flat=True)
    rows = []
    for n in range(6):
        values = {choice.key: [a, b][: n % 3], number.key: n, text.key: f"Word {n}", day.key: f"2030-03-0{n + 1}"}
        rows.append(record(alice, DEAL, title=f"Deal {n}", **values))
    fields = {row.pk: of_custom(row, list(row.options.all())) for row in (choice, number, text, day)}

    def found(rows_: Any) -> list[int]:
        return sorted(int(title[-1]) for title in rows_.values_list("title", flat=True))

    for few in (value_index.FEW, 0):
        monkeypatch.setattr(value_index, "FEW", few)
        base = visible(alice, DEAL).filter(pk__in=[row.pk for row in rows])
        assert found(value_index.by_any(base, fields[choice.pk], [b])) == [2, 5]
        assert found(value_index.by_any(base, fields[choice.pk], [a])) == [1, 2, 4, 5]
        assert found(value_index.by_number(base, fields[number.pk], Decimal(2), Decimal(4))) == [2, 3, 4]
        assert found(value_index.by_number(base, fields[number.pk], None, Decimal(1))) == [0, 1]
        assert found(value_index.by_beginning(base, fields[text.pk], "wORD 3")) == [3]
        low, high = value_index.seconds("2030-03-02"), value_index.seconds("2030-03-03")
        assert found(value_index.by_number(base, fields[day.pk], low, high)) == [1, 2]
        assert found(value_index.without(base, fields[choice.pk])) == [0, 3]


def test_formulas_follow_their_numbers(portal: Portal, alice: User) -> None:
    hours = own(alice, "number", places=0)
    rate = own(alice, "formula", formula=f"if({{{hours.key}}} > 0, round({{amount}} / {{{hours.key}}}, 2), 0)")
    deal = record(alice, DEAL, title="Bread", amount="100", **{hours.key: 3})
    assert deal.custom[rate.key] == "33.33"
    deal = edit_record(actor=alice, record=deal, changes={"amount": "200"})
    assert deal.custom[rate.key] == "66.67"
    assert str(FieldValue.objects.get(field=rate).number) == "66.670000"
    deal = edit_record(actor=alice, record=deal, changes={hours.key: ""})
    assert rate.key not in deal.custom
    with pytest.raises(Invalid):
        edit_record(actor=alice, record=deal, changes={rate.key: "5"})


@pytest.mark.parametrize(
    "text",
    ["", "{nothing} + 1", "__import__('os')", "{amount}.real", "[1]", "1 if 1 else 2", "{amount} **9", "x", "'a'"],
)
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(Invalid):
        formula.check(text, {"amount"})


@given(
    st.text(max_size=60),
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9),
)
def test_no_text_breaks_the_reader(text: str, number: Decimal) -> None:
    try:
        formula.check(text, {"amount"})
    except Invalid:
        return
    formula.compute(text, {"amount": number})


def test_over_the_api(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    client = api(alice)

    def send(method: str, path: str, body: Any = None, **headers: str) -> Any:
        text = json.dumps(body) if body is not None else ""
        return client.generic(method, path, text, content_type="application/json", headers=headers)

    made = send("POST", "/api/v1/crm-fields", {"kind": "deal", "type": "number", "name": "Loaves", "places": 0})
    assert made.status_code == 201
    key = made.json()["key"]
    firm = record(alice, COMPANY, name="Harbour")
    body = {"title": "Bread", "company": firm.pk, "amount": "10.5", "custom": {key: 40}}
    deal = send("POST", "/api/v1/deals", body)
    assert deal.status_code == 201
    document = deal.json()
    assert (document["company"], document["amount"], document["custom"]) == (firm.pk, "10.50", {key: "40"})
    refused = send("POST", "/api/v1/deals", {"title": "x", "company": 10**9, "custom": {key: "many", "f0": 1}})
    assert refused.status_code == 400
    assert set(refused.json()["errors"]) == {"company", key, "f0"}
    assert [row["id"] for row in client.get(f"/api/v1/deals?{key}_min=40").json()["results"]] == [document["id"]]
    assert client.get(f"/api/v1/deals?{key}_min=41").json()["results"] == []
    set_field_rights(actor=alice, kind=DEAL, field=key, rights={bob.role_id: "hidden"})
    Deal.objects.filter(pk=document["id"]).update(responsible=bob)
    seen = api(bob).get(f"/api/v1/deals/{document['id']}").json()
    assert (seen["title"], seen["custom"]) == ("Bread", {})


def test_a_field_keeps_its_values_while_it_is_retired(portal: Portal, alice: User) -> None:
    field = own(alice, "choice", options=["Wheat", "Rye"])
    rye = field.options.get(name="Rye")
    deal = record(alice, DEAL, title="Bread", **{field.key: rye.pk})
    edit_field(actor=alice, row=field, design=FieldDesign(name="Grain", type="choice", options=["Wheat"]))
    edit_record(actor=alice, record=deal, changes={"title": "Rolls"})
    assert Deal.objects.get(pk=deal.pk).custom == {field.key: rye.pk}
    retire_field(actor=alice, row=field)
    with pytest.raises(Invalid):
        edit_record(actor=alice, record=deal, changes={field.key: rye.pk})
    assert Deal.objects.get(pk=deal.pk).custom == {field.key: rye.pk}


def test_addresses_are_found_and_programs_filter_as_they_write(
    portal: Portal, api: Callable[..., Client], alice: User
) -> None:
    kinds = {"address": {"city": "Zebraville"}, "yesno": True, "link": "zebra.example"}
    made = {
        one: add_field(actor=alice, kind=DEAL, design=FieldDesign(name=one, type=one, in_search=True)) for one in kinds
    }
    deal = record(alice, DEAL, title="Bread", **{made[one].key: value for one, value in kinds.items()})
    record(alice, DEAL, title="Cake")
    client = api(alice)
    for query in ("q=zebraville", f"{made['yesno'].key}=true", f"{made['link'].key}=zebra"):
        found = client.get(f"/api/v1/deals?{query}").json()["results"]
        assert [one["id"] for one in found] == [deal.pk], query


def test_a_retired_field_is_neither_shown_nor_found_and_comes_back_whole(
    portal: Portal, alice: User, api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    grain = own(alice, "text", in_search=True)
    size = own(alice, "number")
    double = own(alice, "formula", formula=f"{{{size.key}}} * 2")
    deal = record(alice, DEAL, title="Bread", **{grain.key: "rye", size.key: "4"})
    whole = {grain.key: "rye", size.key: "4.00", double.key: "8"}

    def seen() -> tuple[Any, bool]:
        """What a program sees of it, and whether it is found by the word."""
        return api(alice).get(f"/api/v1/deals/{deal.pk}").json()["custom"], found(Deal.objects.all(), "rye").exists()

    assert seen() == (whole, True)
    for field in (grain, size):
        retire_field(actor=alice, row=field)
    refresh_searches("deal")
    recompute_formulas("deal")
    assert seen() == ({}, False)
    assert api(alice).get("/api/v1/deals").json()["results"][0]["custom"] == {}
    monkeypatch.setattr(custom_field, "MOST_FIELDS", 1)
    with pytest.raises(Invalid):
        bring_back_field(actor=alice, row=grain)
    assert api(alice).post(f"/api/v1/crm-fields/{grain.pk}/restore").status_code == 400
    monkeypatch.undo()
    for field in (grain, size):
        bring_back_field(actor=alice, row=field)
    refresh_searches("deal")
    recompute_formulas("deal")
    assert seen() == (whole, True)


def test_a_field_that_is_searched_from_now_on_finds_old_records(
    portal: Portal, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        custom_field.jobs, "named", lambda name: SimpleNamespace(enqueue=lambda _kind: asked.append(name))
    )
    field = own(alice, "text")
    deal = record(alice, DEAL, title="Bread", **{field.key: "rye"})
    Deal.objects.filter(pk=deal.pk).update(deleted_at="2030-01-01T00:00Z")  # those in the trash come back one day
    edit_field(actor=alice, row=field, design=FieldDesign(name="Grain", in_search=True))
    assert asked == ["crm.refresh_searches"]
    refresh_searches("deal")
    assert [one.pk for one in found(Deal.objects.all(), "rye")] == [deal.pk]
    retire_field(actor=alice, row=field)
    own(alice, "formula", formula="{amount} * 2")
    assert asked[1:] == ["crm.refresh_searches", "crm.recompute_formulas"]


def test_formulas_build_on_each_other_in_any_order_and_never_in_a_circle(portal: Portal, alice: User) -> None:
    def formula_of(name: str, text: str) -> CustomField:
        return add_field(actor=alice, kind=DEAL, design=FieldDesign(name=name, type="formula", formula=text))

    first = formula_of("First", "{amount}")
    second = formula_of("Second", "{amount} * 2")
    edit_field(
        actor=alice, row=first, design=FieldDesign(name="First", type="formula", formula=f"{{{second.key}}} + 1")
    )
    deal = record(alice, DEAL, title="Bread", amount=10)
    assert deal.custom == {first.key: "21", second.key: "20"}
    circle = FieldDesign(name="Second", type="formula", formula=f"{{{first.key}}} * 2")
    with pytest.raises(Invalid):
        edit_field(actor=alice, row=second, design=circle)
    assert edit_record(actor=alice, record=deal, changes={"amount": 20}).custom == {first.key: "41", second.key: "40"}
