"""Search: words without their endings, beginnings, phone fragments, e-mails."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.crm.domain.access import visible_leads
from modules.crm.domain.lead import edit_lead
from modules.crm.domain.queries import search_leads
from modules.crm.domain.search import found, has_trigrams
from modules.crm.models import Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead


@pytest.fixture
def rows(portal: Portal, alice: User) -> None:
    Lead.objects.all().delete()
    lead(
        alice,
        title="Кухня на заказ для компании",
        person_name="Алёна Ковалёва",
        phones=["+7 (495) 123-45-67"],
        emails=["alena.k@zerno.example"],
    )
    lead(alice, title="Fitted wardrobes", company_name="Northlight Companies", phones=["+44 20 7946 0123"])


def hits(alice: User, text: str) -> list[str]:
    return [row.title[:7] for row in found(visible_leads(alice), text).order_by("pk")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("кухни", ["Кухня н"]),
        ("КУХ", ["Кухня н"]),
        ("компаниями", ["Кухня н"]),
        ("Алена", ["Кухня н"]),
        ("алёне ковалев", ["Кухня н"]),
        ("wardrobe", ["Fitted "]),
        ("company", ["Fitted "]),
        ("fit north", ["Fitted "]),
        ("fit кухня", []),
        ("123-45", ["Кухня н"]),
        ("4567", ["Кухня н"]),
        ("8 495 123", ["Кухня н"]),
        ("+7 (495) 123-45-67", ["Кухня н"]),
        ("7946", ["Fitted "]),
        ("alena.k@zerno.example", ["Кухня н"]),
        ("ALENA.K@", ["Кухня н"]),
        ("zerno", ["Кухня н"]),
        ("nothing", []),
        ("   ", ["Кухня н", "Fitted "]),
    ],
)
def test_what_is_found(rows: None, alice: User, text: str, expected: list[str]) -> None:
    assert hits(alice, text) == expected


def test_mistyped_names_are_found_where_the_database_can(rows: None, alice: User) -> None:
    if not has_trigrams():
        assert hits(alice, "wardrbes") == []
        pytest.skip("this PostgreSQL has no pg_trgm (the embedded one has not): mistyped names are not looked for")
    assert hits(alice, "wardrbes") == ["Fitted "]
    assert hits(alice, "wardrbes fited") == ["Fitted "]
    assert hits(alice, "wardrbes кухня") == []


@pytest.mark.parametrize(("newest", "old"), [(20_000, False), (1, True)])
def test_common_words_are_found_alike(
    rows: None, alice: User, monkeypatch: pytest.MonkeyPatch, newest: int, old: bool
) -> None:
    monkeypatch.setattr("modules.crm.domain.search.FEW", 0)
    monkeypatch.setattr("modules.crm.domain.search.NEWEST", newest)
    assert ("ARRAY(" in str(found(visible_leads(alice), "кухни").query)) is old
    assert hits(alice, "fit") == ["Fitted "]
    assert hits(alice, "кухни") == ["Кухня н"]
    assert hits(alice, "4567") == ["Кухня н"]


def test_a_change_is_found_at_once(rows: None, alice: User) -> None:
    row = Lead.objects.order_by("pk").first()
    assert row is not None
    edit_lead(actor=alice, lead=row, changes={"title": "Staircase", "phones": ["+44 20 7946 0555"]})
    assert hits(alice, "staircases") == ["Stairca"]
    assert hits(alice, "0555") == ["Stairca"]
    assert hits(alice, "кухня") == []
    assert hits(alice, "4567") == []


@given(st.text(max_size=60))
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], max_examples=200)
def test_no_text_breaks_it(rows: None, alice: User, text: str) -> None:
    list(found(visible_leads(alice), text))


@pytest.mark.parametrize("text", ["'", "\\", "a' | 'b", "x:*", "!!", "& |", "<->", "' OR 1=1 --", "a@'b:*"])
def test_operators_are_words(rows: None, alice: User, text: str) -> None:
    assert hits(alice, text) in ([], ["Кухня н", "Fitted "])


def test_the_global_search_shows_what_one_may_see(rows: None, alice: User, bob: User) -> None:
    assert [card.title for card in search_leads(alice, "wardrobe", 5)] == ["Fitted wardrobes"]
    assert search_leads(bob, "wardrobe", 5) == []
    assert search_leads(alice, " ", 5) == []
