"""The editor of a page: what it saves, who may write, what was there before (promises 49, 52)."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone, translation

from infra.kit.access import SYSTEM
from modules.sites.domain.blocks import BLOCKS, sample
from modules.sites.domain.filling import player
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.vocabulary import clean_head, clean_page
from modules.sites.models import Page, PageVersion, Site
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

As = Callable[[User], Client]
MINE, OTHER = "a" * 16, "b" * 16


def post(client: Client, page: Page, what: str, **data: Any) -> Any:
    return client.post(
        f"/sites/pages/{page.pk}/{what}/",
        json.dumps(data),
        content_type="application/json",
        HTTP_ACCEPT="application/json",
    )


@pytest.fixture
def page(portal: Portal) -> Page:
    return sites.site().pages.get(path="")


def test_what_the_editor_sends_is_cleaned_and_kept(page: Page, alice: User, as_: As) -> None:  # promise 52
    image = f'<img src="/sites/{page.site_id}/art/scene.svg" alt="x" onerror="x">'
    html = f'<section class="s evil">{image}<script>1</script></section>'

    answer = post(as_(alice), page, "write", html=html, version=page.version, token=MINE)

    page.refresh_from_db()
    assert (answer.status_code, answer.json()) == (200, {"version": page.version})
    assert page.html == '<section class="s"><img src="/_i/scene.svg" alt="x"></section>'
    assert (
        f'<img src="/sites/{page.site_id}/art/scene.svg"'
        in as_(alice).get(f"/sites/pages/{page.pk}/history/?format=html").json()["html"]
    )


def test_someone_elses_save_is_not_overwritten(page: Page, alice: User, as_: As) -> None:  # promise 49
    before = page.version
    post(as_(alice), page, "write", html="<p>Theirs</p>", version=before, token=MINE)

    answer = post(as_(alice), page, "write", html="<p>Mine</p>", version=before, token=MINE)

    page.refresh_from_db()
    assert answer.status_code == 409
    assert page.html == "<p>Theirs</p>"


def test_the_second_is_told_who_writes_and_can_take_over(page: Page, alice: User, carol: User, as_: As) -> None:
    first, second = as_(alice), as_(carol)
    assert post(first, page, "hold", token=MINE).json()["mine"] is True

    told = post(second, page, "hold", token=OTHER).json()
    refused = post(second, page, "write", html="<p>No</p>", version=page.version, token=OTHER)
    taken = post(second, page, "hold", token=OTHER, take=True).json()
    late = post(first, page, "write", html="<p>Late</p>", version=page.version, token=MINE)
    written = post(second, page, "write", html="<p>Yes</p>", version=page.version, token=OTHER)

    page.refresh_from_db()
    assert (told["mine"], told["name"]) == (False, alice.display_name)
    assert (refused.status_code, refused.json()["code"]) == (409, "held")
    assert taken["mine"] is True
    assert late.status_code == 409
    assert (written.status_code, page.html) == (200, "<p>Yes</p>")


def test_a_closed_tab_lets_go_at_once_and_a_lost_one_soon(page: Page, alice: User, carol: User, as_: As) -> None:
    first, second = as_(alice), as_(carol)
    post(first, page, "hold", token=MINE)
    post(first, page, "hold", token=MINE, leave=True)
    assert post(second, page, "hold", token=OTHER).json()["mine"] is True

    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        assert post(first, page, "hold", token=MINE).json()["mine"] is True


def test_what_was_there_before_is_looked_at_and_brought_back(page: Page, alice: User, as_: As) -> None:
    client, before = as_(alice), page.html
    first = page.versions.get()
    post(client, page, "write", html="<p>New</p>", version=page.version, token=MINE)
    assert [row["who"] for row in client.get(f"/sites/pages/{page.pk}/history/").json()["versions"]] == [
        alice.display_name,
        "",
    ]

    old = client.get(f"/sites/pages/{page.pk}/history/{first.pk}/").content.decode()
    client.post(f"/sites/pages/{page.pk}/history/{first.pk}/")

    page.refresh_from_db()
    assert "New" not in old
    assert page.html == before
    assert PageVersion.objects.filter(page=page).count() == 3


def test_the_preview_shows_what_is_typed_and_stores_nothing(page: Page, alice: User, as_: As) -> None:
    answer = as_(alice).post(f"/sites/pages/{page.pk}/preview/", {"html": "<h1>Just typed</h1><script>1</script>"})

    page.refresh_from_db()
    assert "<h1>Just typed</h1>" in answer.content.decode()
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert "Just typed" not in page.html


def test_whoever_may_only_look_changes_nothing(page: Page, bob: User, as_: As) -> None:
    client, before = as_(bob), page.html

    assert client.get(f"/sites/pages/{page.pk}/").status_code == 200
    assert post(client, page, "write", html="<p>x</p>", version=page.version, token=MINE).status_code == 403
    assert post(client, page, "hold", token=MINE).status_code == 403

    page.refresh_from_db()
    assert page.html == before


def test_pictures_and_forms_of_another_site_are_refused(page: Page, alice: User, as_: As) -> None:
    other = sites.form_of(sites.site("other")).public_id
    for html in (f'<div data-part="form" data-form="{other}"></div>', f'<img src="/_a/{"c" * 32}" alt="">'):
        answer = post(as_(alice), page, "write", html=html, version=page.version, token=MINE)
        assert answer.status_code == 400


def test_a_page_of_another_service_needs_the_right(page: Page, alice: User, as_: As) -> None:
    html = '<div class="embed" data-part="frame" data-url="https://maps.example/x" data-title="Map"></div>'
    assert post(as_(alice), page, "write", html=html, version=page.version, token=MINE).status_code == 200
    publish_site(actor=SYSTEM, site=page.site)

    answer = sites.visitor(page.site).get("/")

    assert 'sandbox="allow-scripts allow-same-origin allow-forms allow-popups"' in answer.content.decode()
    assert "frame-src https://maps.example" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("key", sorted(BLOCKS))
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_block_has_a_sample_in_our_words(key: str, language: str) -> None:
    with translation.override(language):
        html = sample(key, form="a" * 20, name="Bakery")

    assert html
    assert clean_page(html) == html
    assert html.count("<img") == len(re.findall(r'<img src="/_i/', html))


def test_there_are_at_least_forty_blocks() -> None:
    assert len(BLOCKS) >= 40


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (
            "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1",
        ),
        ("https://youtu.be/dQw4w9WgXcQ", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"),
        ("https://vimeo.com/123456789", "https://player.vimeo.com/video/123456789?autoplay=1&dnt=1"),
        ("https://rutube.ru/video/0a1b2c3d4e5f/", "https://rutube.ru/play/embed/0a1b2c3d4e5f/"),
        ("https://evil.example/watch?v=dQw4w9WgXcQ", ""),
        ("https://youtube.com/watch?v=../../x", ""),
    ],
)
def test_videos_are_loaded_only_from_known_players(url: str, host: str) -> None:
    assert player(url) == host


def test_head_lines_prove_ownership_and_run_nothing() -> None:  # promise 52
    lines = '<meta name="google-site-verification" content="abc"><meta http-equiv="refresh" content="0;url=/x">'
    more = '<link rel="stylesheet" href="https://x.example/a.css"><script>1</script><meta name="referrer" content="x">'

    assert clean_head(lines + more) == '<meta name="google-site-verification" content="abc">'


def test_changing_the_look_changes_every_page(page: Page, alice: User, as_: As) -> None:
    site = page.site
    before = sites.visitor(site).get("/").content.decode()

    answer = as_(alice).post(
        f"/sites/{site.pk}/look/",
        {"accent": "#aa3366", "scheme": "dark", "heading": "serif", "body": "sans", "radius": "none", "space": "airy",
         "version": str(site.version)},
    )  # fmt: skip
    publish_site(actor=SYSTEM, site=Site.objects.get(pk=site.pk))

    after = sites.visitor(site).get("/").content.decode()
    assert answer.status_code == 302
    assert "color-scheme:light;" in before
    assert "color-scheme:dark;" in after
    assert "--radius:0px" in after


def test_settings_of_a_page_and_what_to_mend(page: Page, alice: User, as_: As) -> None:
    client = as_(alice)
    made = client.post(f"/sites/{page.site_id}/pages/new/", {"title": "Prices", "path": "prices"})
    prices = Page.objects.get(path="prices")
    data = {"title": "What it costs", "path": "prices", "description": "All prices", "in_menu": "on",
        "menu_title": "Prices", "version": str(prices.version)}  # fmt: skip

    saved = client.post(f"/sites/pages/{prices.pk}/settings/", data)
    publish_site(actor=SYSTEM, site=page.site)
    shown = client.get(f"/sites/pages/{prices.pk}/settings/")

    html = sites.visitor(page.site).get("/prices").content.decode()
    assert (made.status_code, saved.status_code) == (302, 302)
    assert "<title>What it costs · Bakery</title>" in html
    assert '<a href="/prices" aria-current=page>Prices</a>' in html
    assert {remark.key for remark in shown.context["remarks"] if not remark.good} == {
        "description", "h1", "words", "share", "goal",
    }  # fmt: skip


def test_a_draft_stays_out_and_a_copy_is_one(page: Page, alice: User, as_: As) -> None:
    client = as_(alice)

    client.post(f"/sites/pages/{page.pk}/copy/")
    publish_site(actor=SYSTEM, site=page.site)

    copy = Page.objects.get(path="page-2")
    assert (copy.html, copy.draft) == (page.html, True)
    assert sites.visitor(page.site).get("/page-2").status_code == 404
