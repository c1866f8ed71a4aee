"""The service's own pages."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.utils.html import escape

from infra.kit.registry import registry
from saas.site.jobs import mail_portals
from saas.site.views.find import LETTERS
from tenants.people.models import User
from tenants.portals.models import Portal

pytestmark = pytest.mark.usefixtures("no_knocks")


@pytest.mark.parametrize("path", ["/", "/pricing/", "/find/", "/signup/"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_pages_load_nothing_from_elsewhere(service: Client, path: str, language: str) -> None:
    page = service.get(path, headers={"Accept-Language": language})

    assert page.status_code == 200
    assert page["Content-Language"] == language
    text = page.content.decode()
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "https://" not in text


def test_prices_come_from_the_catalogue(service: Client) -> None:
    page = service.get("/pricing/", {"currency": "USD", "period": "month"}).content.decode()
    assert all(price in page for price in ("$0", "$24", "$59", "$119"))

    year = service.get("/pricing/", {"currency": "EUR", "period": "year"}).content.decode()
    assert "€540" in year  # ten months of 54

    assert "₽" in service.get("/pricing/", headers={"Accept-Language": "ru"}).content.decode()
    assert service.get("/pricing/", {"currency": "XXX", "period": "never"}).status_code == 200


def test_the_plans_stand_side_by_side_with_all_they_give(service: Client) -> None:
    page = service.get("/pricing/").content.decode()
    table = page.split('<table class="compare">')[1].split("</table>")[0]
    assert [str(limit.title) for limit in registry.limits if f">{escape(limit.title)}<" not in table] == []
    assert [str(one.title) for one in registry.features if f">{escape(one.title)}<" not in table] == []
    assert table.count('scope="col"') == 4
    people = table.split('<th scope="row">People</th>')[1].split("</tr>")[0]
    assert re.findall(r"<td>(\w+)</td>", people) == ["12", "24", "50", "unlimited"]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_home_shows_the_product_in_the_readers_language(service: Client, language: str) -> None:
    page = service.get("/", headers={"Accept-Language": language}).content.decode()
    pictures = re.findall(r'(?:src|srcset)="/static/site/([\w-]+)\.[\w.]*webp"', page)
    wanted = ("board", "lead", "leads", "editor")
    assert pictures == [f"{name}-{language}-{scheme}" for name in wanted for scheme in ("dark", "light")]
    assert [name for name in pictures if not finders.find(f"site/{name}.webp")] == []


def without_nonce(answer: HttpResponse, email: str) -> str:
    return re.sub(r'nonce="[^"]*"|data-csrf="[^"]*"|value="[^"]*"', "", answer.content.decode()).replace(email, "")


def test_the_list_of_portals_goes_to_the_mailbox_alone(  # promise 23
    service: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(mail_portals, "delay", lambda *args: asked.append(args))

    known = service.post("/find/", {"email": alice.email})
    unknown = service.post("/find/", {"email": "nobody@else.example"})

    assert known.status_code == unknown.status_code == 200
    assert without_nonce(known, alice.email) == without_nonce(unknown, "nobody@else.example")
    assert asked == [(alice.email, "en"), ("nobody@else.example", "en")]


def test_the_letter_names_the_portals(
    alice: User, acme: Portal, globex: Portal, letters: list[tuple[str, ...]]
) -> None:
    mail_portals(alice.email, "en")
    mail_portals("nobody@else.example", "en")

    known, unknown = letters
    assert (known[0], acme.url in known[2], globex.url in known[2]) == (alice.email, True, False)
    assert "not known" in unknown[2]


def test_one_mailbox_is_not_flooded(service: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(mail_portals, "delay", lambda *args: asked.append(args))

    answers = [service.post("/find/", {"email": "a@b.example"}).status_code for _ in range(LETTERS.times + 1)]

    assert answers == [200] * LETTERS.times + [429]
    assert len(asked) == LETTERS.times
