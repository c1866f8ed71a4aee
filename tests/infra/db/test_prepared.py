"""Prepared queries find what the same queries find, in the portal that is entered alone (promises 2 and 8)."""

from __future__ import annotations

import pytest
from django.db.models import F

from infra.db.current import enter
from infra.db.errors import NoPortal, WrongSchema
from infra.db.prepared import Prepared
from infra.ui.models import SavedView
from tenants.people.models import User
from tenants.portals.models import Portal

NAMED = Prepared(
    lambda screen, names, author: (
        SavedView.objects.filter(screen=screen, name__in=names, author_id=author)
        .order_by("name")
        .values_list("name", "screen")[:3]
    )
)


def test_arguments_take_their_places_whatever_their_number(portal: Portal, alice: User) -> None:
    for name in ("a", "b'; --", "c %s", "d"):
        SavedView.objects.create(screen="list", name=name, author_id=alice.pk)
    for names in ([], ["a"], ["a", "b'; --"], ["absent", "d", "a"], ["c %s", "a", "d", "b'; --"], ["c %s"], ["absent"]):
        wanted = [(name, "list") for name in sorted(names) if name != "absent"][:3]
        assert NAMED.rows("list", names, alice.pk) == wanted
    assert NAMED.rows("board", ["a"], alice.pk) == NAMED.rows("list", ["a"], alice.pk + 10_000) == []


def test_each_portal_is_asked_for_its_own(acme: Portal, globex: Portal, alice: User, charlie: User) -> None:
    with enter(acme):
        SavedView.objects.create(screen="list", name="a", author_id=alice.pk)
        assert NAMED.rows("list", ["a"], alice.pk) == [("a", "list")]
    with enter(globex):
        assert NAMED.rows("list", ["a"], charlie.pk) == []


ROWS = Prepared(lambda person: User.objects.select_related("role").annotate(double=F("id") * 2).filter(pk=person))


def test_rows_come_with_what_is_selected_along_and_are_their_portals(
    acme: Portal, globex: Portal, alice: User, charlie: User
) -> None:
    with enter(acme):
        [found] = ROWS.found(alice.pk)
        assert (found, found.email, found.double) == (alice, alice.email, alice.pk * 2)
        assert "role" in found._state.fields_cache
        assert found.role == alice.role
    with enter(globex):
        assert [row.email for row in ROWS.found(charlie.pk)] == [charlie.email]
        with pytest.raises(WrongSchema):
            found.save()
        with pytest.raises(ValueError, match="columns"):
            NAMED.found("list", ["a"], charlie.pk)


def test_outside_of_a_portal_it_is_refused(db: None) -> None:
    with pytest.raises(NoPortal):
        NAMED.rows("list", ["a"], 1)
    with pytest.raises(NoPortal):
        ROWS.found(1)


def test_an_argument_that_is_no_plain_value_is_refused(portal: Portal) -> None:
    odd = Prepared(
        lambda screen, limit: SavedView.objects.filter(screen=screen).values_list("pk")[: 1 + abs(limit) % 5]
    )
    sums = Prepared(lambda extra: SavedView.objects.annotate(more=F("id") + abs(extra)).values_list("more"))
    for query, arguments in ((odd, ("list", 3)), (sums, (7,))):
        with pytest.raises(ValueError, match="prepared"):
            query.rows(*arguments)
