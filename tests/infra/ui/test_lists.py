"""Lists, through the showroom's: paging, filters, views, bulk actions, exports."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from infra.ui.lists.keyset import page_of
from infra.ui.models import Preference, SavedView
from tenants.people.models import User
from tenants.portals.models import Portal

LIST = "/kit/things/"
HTMX = {"HX-Request": "true", "HX-Target": "ui-list"}


def make(author: User, count: int, stage: str = "new", **values: object) -> list[SavedView]:
    return [
        SavedView.objects.create(**{"screen": stage, "name": f"{stage} {n:03}", "author_id": author.pk, **values})
        for n in range(count)
    ]


def names(html: str) -> list[str]:
    return re.findall(r'<a class="ui-row-link"[^>]*>([^<]+)</a>', html)


def next_of(html: str, rel: str = "next") -> str:
    found = re.search(rf'rel="{rel}" href="([^"]+)"', html)
    return found[1].replace("&amp;", "&") if found else ""


@pytest.fixture
def page(portal: Portal, as_: Callable[[User], Client], alice: User) -> Callable[..., str]:
    client = as_(alice)

    def get(query: str = "", **headers: str) -> str:
        answer = client.get(LIST + query, headers=headers)
        assert answer.status_code == 200
        return answer.content.decode()

    return get


def test_pages_follow_each_other_without_gap_or_repeat_and_lead_back(page, alice):
    make(alice, 45)
    wanted = [f"new {n:03}" for n in reversed(range(45))]
    first = page()
    second = page(next_of(first))
    third = page(next_of(second))
    assert names(first) + names(second) + names(third) == wanted
    assert next_of(third) == ""
    assert names(page(next_of(third, "prev"))) == names(second)
    assert "45 rows" in first


def test_a_row_added_meanwhile_does_not_shift_the_next_page(page, alice):
    make(alice, 25)
    first = page()
    make(alice, 3, stage="doing")
    assert names(page(next_of(first))) == [f"new {n:03}" for n in reversed(range(5))]


@pytest.mark.parametrize("order", ["name", "-name", "created_at", "-created_at"])
def test_every_declared_order_runs_in_both_directions(page, alice, order):
    make(alice, 25)
    first = page(f"?order={order}")
    found = names(first) + names(page(next_of(first)))
    assert found == sorted(found, reverse=order.startswith("-"))
    assert len(found) == 25


def test_an_undeclared_order_and_a_damaged_cursor_are_refused_or_ignored(page, as_, alice):
    make(alice, 3)
    assert names(page("?order=author")) == names(page())
    answer = as_(alice).get(LIST + "?after=nonsense")
    assert answer.status_code == 400
    assert "Start from the first page" in answer.content.decode()


@pytest.mark.parametrize("order", ["author", "-author"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_keyset_over_a_column_with_nulls_is_the_order_of_the_database(portal, alice, bob, order, size):
    for number, author in enumerate((alice, bob, None, alice, None, None, bob)):
        SavedView.objects.create(screen="new", name=str(number), author_id=author and author.pk)
    rows = SavedView.objects.all()
    sign = "-" if order.startswith("-") else ""
    wanted = [row.pk for row in rows.order_by(order + "_id", f"{sign}pk")]
    forward: list[int] = []
    after = ""
    while True:
        found = page_of(rows, order, size=size, after=after)
        forward += [row.pk for row in found.rows]
        if not found.after:
            break
        after = found.after
    assert forward == wanted
    backward = [row.pk for row in found.rows]
    while found.before:
        found = page_of(rows, order, size=size, before=found.before)
        backward = [row.pk for row in found.rows] + backward
    assert backward == wanted


def test_queries_do_not_grow_with_the_rows(portal, as_, alice):
    client = as_(alice)
    make(alice, 1)
    client.get(LIST)
    with CaptureQueriesContext(connection) as one:
        client.get(LIST)
    make(alice, 2, stage="doing")
    with CaptureQueriesContext(connection) as three:
        client.get(LIST)
    assert len(one) == len(three)


def test_cells_are_escaped_once(page, alice):
    SavedView.objects.create(screen="doing", name="<b>A & B</b>", author_id=alice.pk)
    html = page()
    assert names(html) == ["&lt;b&gt;A &amp; B&lt;/b&gt;"]
    assert 'aria-label="&lt;b&gt;A &amp; B&lt;/b&gt;"' in html
    assert '<td class="" data-label="Stage"><span class="ui-badge ui-tone-warning">In work</span></td>' in html
    assert re.search(r'<td class="" data-label="Author"><span class="ui-person"><span class="ui-avatar[^<]+', html)
    assert re.search(r'<td class="" data-label="Created"><time datetime="[^"]+" title="[^"]+">today', html)


def test_a_page_asks_for_little(portal, as_, alice):
    make(alice, 25)
    client = as_(alice)
    for _again in range(2):
        client.get(LIST)
    with CaptureQueriesContext(connection) as asked:
        client.get(LIST)
    own = [query["sql"] for query in asked if not re.search(r'FROM "(portals_|billing_|crm_itemtype)', query["sql"])]
    # Session, person, rows, count, saved views, preferences, unread notices, the menu's counters; no filter's choices.
    # (Host, plan and own objects are remembered between requests, outside of a test's transaction.)
    assert len(own) == 8, own


def test_fields_of_the_filter_come_on_demand_with_what_is_set(page, alice):
    assert "<select" not in page()
    assert '<input type="hidden" name="screen" value="doing">' in page("?screen=doing")
    fields = page("?part=filter&screen=doing&pipeline=7")
    assert "<!doctype html>" not in fields
    assert '<option value="doing" selected>' in fields
    assert '<input type="hidden" name="pipeline" value="7">' in fields


def test_search_and_filter_narrow_and_are_named_on_the_page(page, alice):
    make(alice, 3)
    make(alice, 2, stage="doing")
    html = page("?screen=doing&q=001", **HTMX)
    assert names(html) == ["doing 001"]
    assert "<!doctype html>" not in html
    assert "In work" in html
    assert "Remove filter Stage" in html


def test_what_a_search_leaves_is_counted_after_the_page(page, alice):
    make(alice, 45)
    assert 'hx-get="' + LIST + '?part=count"' not in page()  # without one the count is cheap, and there at once
    html = page("?q=new")
    assert re.search(r'id="ui-list-count" hx-get="([^"]+)"[^>]*>20\+ rows', html)
    assert f'hx-get="{LIST}?q=new&amp;part=count"' in html
    assert page("?q=new&part=count").strip() == "45 rows"
    last = page(next_of(page(next_of(html))))
    assert len(names(last)) == 5
    assert "part=count" in last  # the rows before it are not known to the page either
    assert "1 row\n" in page("?q=001")


def test_an_empty_list_teaches_and_a_narrow_one_offers_to_clear(page, alice):
    assert "No things yet" in page()
    make(alice, 1)
    assert "Clear the filter" in page("?q=absent")


def test_columns_are_chosen_per_person_and_fixed_ones_stay(portal, as_, alice, bob):
    make(alice, 1)
    client = as_(alice)
    answer = client.post(LIST, {"do": "columns", "order": ["query", "screen", "name"], "shown": ["query"]})
    assert answer.status_code == 303
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>|<span>)([^<]+)<', client.get(LIST).content.decode())
    assert heads == ["Name", "Note"]
    assert "Note</" not in as_(bob).get(LIST).content.decode().split("<tbody>")[0].split("<thead>")[1]
    client.post(LIST, {"do": "columns", "reset": "1"})
    assert not Preference.objects.filter(key="list:ui.things").exists()


def test_a_shared_view_is_seen_by_others_and_removed_only_by_its_author(portal, as_, alice, bob):
    make(alice, 2)
    make(alice, 1, stage="doing")
    as_(alice).post(LIST + "?screen=doing", {"do": "save-view", "name": "Busy", "shared": "1"})
    as_(alice).post(LIST, {"do": "save-view", "name": "Mine"})
    view = SavedView.objects.get(screen="ui.things", name="Busy")
    html = as_(bob).get(LIST).content.decode()
    assert "Busy" in html
    assert ">Mine<" not in html
    assert names(as_(bob).get(f"{LIST}?{view.query}&view={view.pk}").content.decode()) == ["doing 000"]
    assert as_(bob).post(LIST, {"do": "delete-view", "view": view.pk}).status_code == 403
    assert SavedView.objects.filter(pk=view.pk).exists()
    assert as_(alice).post(LIST, {"do": "delete-view", "view": view.pk}).status_code == 303
    assert not SavedView.objects.filter(pk=view.pk).exists()


def test_a_view_without_a_name_is_refused(portal, as_, alice):
    answer = as_(alice).post(LIST, {"do": "save-view", "name": "  "}, headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert not SavedView.objects.filter(screen="ui.things").exists()


def test_bulk_asks_says_how_many_and_does_it(portal, as_, alice):
    rows = make(alice, 3)
    client, ids = as_(alice), [rows[0].pk, rows[2].pk]
    asked = client.post(LIST, {"do": "bulk-form", "action": "stage", "ids": ids}, headers={"HX-Request": "true"})
    assert "This concerns 2 rows." in asked.content.decode()
    done = client.post(
        LIST, {"do": "bulk", "action": "stage", "ids": ids, "stage": "done"}, headers={"HX-Request": "true"}
    )
    assert done.status_code == 204
    assert "2 changed." in done.headers["HX-Trigger"]
    assert "list-refresh" in done.headers["HX-Trigger"]
    assert [SavedView.objects.get(pk=row.pk).screen for row in rows] == ["done", "new", "done"]


def test_bulk_over_all_takes_what_the_filter_leaves(portal, as_, alice):
    make(alice, 3)
    make(alice, 2, stage="doing")
    as_(alice).post(LIST + "?screen=doing", {"do": "bulk", "action": "remove", "all": "1"})
    assert SavedView.objects.filter(screen="new").count() == 3
    assert not SavedView.objects.filter(screen="doing").exists()


def test_a_refused_bulk_action_keeps_the_form_and_changes_nothing(portal, as_, alice):
    rows = make(alice, 2, shared=True)
    data = {"do": "bulk", "action": "stage", "ids": [row.pk for row in rows], "stage": "done"}
    answer = as_(alice).post(LIST, data, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Shared things are never done." in answer.content.decode()
    assert SavedView.objects.filter(screen="new").count() == 2


def test_bulk_does_not_reach_rows_outside_the_list(portal, as_, alice):
    foreign = SavedView.objects.create(screen="elsewhere", name="Kept", author_id=alice.pk)
    as_(alice).post(LIST, {"do": "bulk", "action": "remove", "ids": [foreign.pk]})
    assert SavedView.objects.filter(pk=foreign.pk).exists()


DANGEROUS = ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "|cmd", "%0"]


@pytest.mark.parametrize("text", DANGEROUS)
def test_csv_is_what_is_shown_and_defuses_formulas(portal, as_, alice, text):  # promise 57
    make(alice, 1, name=text)
    make(alice, 1, stage="done", name="Not shown")
    answer = as_(alice).get(LIST + "?export=csv&screen=new")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'filename="things-' in answer.headers["Content-Disposition"]
    body = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, _, rest = body.partition("\r\n")
    assert head == "Name,Stage,Author,Created"
    assert rest.lstrip('"').startswith("'")
    assert "Not shown" not in body


@pytest.mark.parametrize("text", DANGEROUS)
def test_xlsx_holds_text_as_text(portal, as_, alice, text):  # promise 57
    make(alice, 1, name=text)
    body = b"".join(as_(alice).get(LIST + "?export=xlsx").streaming_content)
    sheet = load_workbook(io.BytesIO(body)).active
    cell = sheet.cell(row=2, column=1)
    assert cell.data_type == "s"
    assert cell.value.splitlines() == text.splitlines()
    assert sheet.cell(row=1, column=4).value == "Created"


def test_an_export_is_longer_than_a_chunk(portal, as_, alice, monkeypatch):
    monkeypatch.setattr("infra.ui.lists.exporting.CHUNK", 4)
    make(alice, 11)
    body = b"".join(as_(alice).get(LIST + "?export=csv&order=name").streaming_content).decode("utf-8-sig")
    assert [line.split(",")[0] for line in body.split("\r\n")[1:-1]] == [f"new {n:03}" for n in range(11)]
