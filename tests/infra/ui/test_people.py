"""What one person arranges, and what others cannot: menu, start page, language, notifications, palette."""

from __future__ import annotations

import re

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy

from infra.kit.refs import RecordRef
from infra.ui.models import Notification
from infra.ui.notifications import notify


def menu(html: str) -> list[str]:
    nav = html.split('aria-label="Main menu"')[1].split("</nav>")[0]
    return re.findall(r'class="ui-nav-link" href="([^"]+)"', nav)


def test_the_menu_is_arranged_per_person(portal, as_, alice, bob):
    client = as_(alice)
    before = menu(client.get("/more/").content.decode())
    keys = re.findall(r'name="order" value="([^"]+)"', client.get("/menu/").content.decode())
    assert len(keys) > 1
    client.post("/menu/", {"order": list(reversed(keys)), "shown": keys[1:]})
    after = menu(client.get("/more/").content.decode())
    assert after == [before[0], *reversed(before[2:])]
    assert "not in your menu" in client.get("/more/").content.decode()
    assert before[1] in menu(as_(bob).get("/more/").content.decode())


def test_what_is_pinned_stands_on_top_and_is_never_hidden(portal, as_, alice, bob):
    client = as_(alice)
    before = menu(client.get("/more/").content.decode())
    keys = re.findall(r'name="order" value="([^"]+)"', client.get("/menu/").content.decode())
    client.post("/menu/", {"order": keys, "shown": keys[:-1]})
    swapped = client.post(
        "/menu/pin/",
        {"key": keys[-1], "pinned": "1"},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://{portal.host}{before[1]}"},
    ).content.decode()
    assert menu(swapped) == [before[0], before[-1], *before[1:-1]]
    assert f'href="{before[1]}" aria-current="page"' in swapped  # the page that asked is still the current one
    assert menu(client.get("/more/").content.decode()) == menu(swapped)
    assert menu(as_(bob).get("/more/").content.decode()) != menu(swapped)
    client.post("/menu/", {"order": keys, "shown": keys[:-1], "pinned": [keys[-1], "no.such"]})
    assert menu(client.get("/more/").content.decode()) == before[:-1]
    assert client.post("/menu/pin/", {"key": "no.such", "pinned": "1"}).status_code == 404
    client.post("/menu/pin/", {"key": keys[-1], "pinned": "0"})
    assert menu(client.get("/more/").content.decode()) == before


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/people/", ["People"]),
        ("/people/roles/", ["Settings"]),
        ("/people/roles/add/", ["Settings"]),
        ("/people/me/", []),
        ("/billing/", ["Settings"]),
        ("/settings/audit/", ["Settings"]),
        ("/crm/leads/new/", ["Leads"]),
        ("/", ["Start"]),
    ],
)
def test_the_menu_marks_where_one_is(portal, as_, alice, path, current):
    html = as_(alice).get(path).content.decode()
    side = html.split('id="ui-side"')[1].split("</aside>")[0]
    assert re.findall(r'aria-current="page"><svg.*?</svg><span>([^<]*)', side) == current


def test_a_guest_sees_neither_what_the_role_lacks_nor_loses_the_reason(portal, as_, dave):
    html = as_(dave).get("/more/").content.decode()
    assert "/people/" not in menu(html)
    assert "Your role does not include" in html


def test_language_and_look_follow_the_person(portal, as_, alice):
    client = as_(alice)
    client.post("/preferences/", {"locale": "ru", "time_zone": "Asia/Tokyo", "theme": "dark"})
    alice.refresh_from_db()
    assert (alice.locale, alice.time_zone, alice.theme) == ("ru", "Asia/Tokyo", "dark")
    answer = client.get("/more/")
    assert answer.headers["Content-Language"] == "ru"
    assert '<html lang="ru" data-theme="dark" data-bs-theme="dark">' in answer.content.decode()


def test_a_stranger_chooses_a_language_for_the_sign_in_page_only_from_the_offered(portal, anonymous):
    client = anonymous(portal)
    assert client.post("/language/", {"language": "vi"}).status_code == 400
    answer = client.post("/language/", {"language": "ru", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
    assert client.get("/account/login/").headers["Content-Language"] == "ru"


def test_a_notification_reaches_only_its_person_in_their_language(portal, as_, alice, bob, carol):
    type(bob)._default_manager.filter(pk=bob.pk).update(locale="ru")
    with translation.override("en"):
        notify(
            actor=alice,
            person_ids=[alice.pk, bob.pk, carol.pk],
            text=gettext_lazy("Settings"),
            ref=RecordRef(module="ui", kind="thing", id=1),
            url="/more/",
        )
    assert dict(Notification.objects.values_list("person_id", "text")) == {bob.pk: "Настройки", carol.pk: "Settings"}
    assert "ui-count" in as_(carol).get("/notifications/bell/").content.decode()
    assert "ui-count" not in as_(alice).get("/notifications/bell/").content.decode()
    row = Notification.objects.get(person_id=carol.pk)
    assert as_(bob).get(f"/notifications/{row.pk}/").status_code == 404
    followed = as_(carol).get(f"/notifications/{row.pk}/")
    assert followed.headers["Location"] == "/more/"
    row.refresh_from_db()
    assert row.read_at is not None


def test_all_are_read_at_once_and_only_ones_own(portal, as_, alice, bob):
    notify(person_ids=[alice.pk, bob.pk], text="Hello")
    as_(alice).post("/notifications/read/")
    assert Notification.objects.get(person_id=alice.pk).read_at is not None
    assert Notification.objects.get(person_id=bob.pk).read_at is None


def test_notifications_are_paged(portal, as_, alice):
    for number in range(65):
        notify(person_ids=[alice.pk], text=f"Line {number}")
    client = as_(alice)
    seen, path = [], "/notifications/"
    while path:
        html = client.get(path).content.decode()
        seen += re.findall(r">Line (\d+)<", html)
        found = re.search(r'href="(/notifications/\?before=\d+)"', html)
        path = found[1] if found else ""
    assert seen == [str(number) for number in reversed(range(65))]


@pytest.mark.parametrize("who", ["alice", "dave"])
def test_the_palette_finds_pages_and_only_what_one_may_open(portal, as_, request, who):
    html = as_(request.getfixturevalue(who)).get("/palette/?q=people").content.decode()
    assert ("/people/" in html) is (who == "alice")
