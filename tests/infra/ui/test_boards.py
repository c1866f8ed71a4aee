"""Boards, through the showroom's."""

from __future__ import annotations

import re

from django.db import connection
from django.test.utils import CaptureQueriesContext

from infra.ui.models import SavedView
from tests.infra.ui.test_lists import make

BOARD = "/kit/board/"
HTMX = {"HX-Request": "true"}


def cards(html: str) -> list[str]:
    return re.findall(r'data-card="(\d+)"', html)


def test_columns_load_more_by_keyset(portal, as_, alice):
    rows = make(alice, 20)
    make(alice, 1, stage="done")
    client = as_(alice)
    html = client.get(BOARD).content.decode()
    new = html.split('data-column="new"')[1].split("</section>")[0]
    seen = cards(new)
    more = re.search(r'hx-get="([^"]+)"', new)
    while more:
        part = client.get(more[1].replace("&amp;", "&"), headers=HTMX).content.decode()
        seen += cards(part)
        more = re.search(r'hx-get="([^"]+)"', part)
    assert seen == [str(row.pk) for row in reversed(rows)]


def test_counts_come_after_the_page(portal, as_, alice):
    make(alice, 20)
    html = as_(alice).get(BOARD + "?totals=1", headers=HTMX).content.decode()
    assert re.search(r'id="ui-count-new"[^>]*>20<', html)
    assert re.search(r'id="ui-count-done"[^>]*>0<', html)


def test_queries_do_not_grow_with_the_cards(portal, as_, alice):
    client = as_(alice)
    make(alice, 1)
    client.get(BOARD)
    with CaptureQueriesContext(connection) as one:
        client.get(BOARD)
    make(alice, 2, stage="doing")
    with CaptureQueriesContext(connection) as three:
        client.get(BOARD)
    assert len(one) == len(three)


def test_a_move_calls_the_verb_and_answers_with_the_fresh_card(portal, as_, alice):
    (row,) = make(alice, 1)
    answer = as_(alice).post(BOARD, {"id": row.pk, "to": "done", "version": 0}, headers=HTMX)
    assert answer.status_code == 200
    assert 'data-in="done"' in answer.content.decode()
    assert 'data-version="1"' in answer.content.decode()
    assert SavedView.objects.get(pk=row.pk).screen == "done"


def test_a_move_of_an_old_version_is_a_conflict_and_changes_nothing(portal, as_, alice, bob):  # promise 49
    (row,) = make(alice, 1)
    as_(bob).post(BOARD, {"id": row.pk, "to": "doing", "version": 0}, headers=HTMX)
    answer = as_(alice).post(BOARD, {"id": row.pk, "to": "done", "version": 0}, headers=HTMX)
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#ui-dialogs"
    assert "Show the current version" in answer.content.decode()
    assert SavedView.objects.get(pk=row.pk).screen == "doing"


def test_unknown_cards_and_columns_are_refused(portal, as_, alice):
    (row,) = make(alice, 1)
    client = as_(alice)
    assert client.post(BOARD, {"id": row.pk, "to": "nowhere", "version": 0}, headers=HTMX).status_code == 400
    assert client.post(BOARD, {"id": row.pk + 1, "to": "done", "version": 0}, headers=HTMX).status_code == 404
    assert client.post(BOARD, {"id": "9" * 40, "to": "done", "version": 0}, headers=HTMX).status_code == 400
    assert client.get(BOARD + f"?card={row.pk + 1}", headers=HTMX).status_code == 204
    assert SavedView.objects.get(pk=row.pk).screen == "new"
