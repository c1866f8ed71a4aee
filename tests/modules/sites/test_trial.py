"""Two versions of a page: half of the visitors each, counted apart, and a plain word in the end."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from infra.kit.access import SYSTEM
from modules.sites.domain import counting
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.trial import trials_of
from modules.sites.domain.verdict import Arm, judge
from modules.sites.models import Page, Site, Submission
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

BROWSER = "Mozilla/5.0 (Windows NT 10.0)"


@pytest.fixture
def tried(portal: Portal, as_: Callable[[User], Client], alice: User) -> Iterator[Site]:
    counting._redis().flushdb()
    site = sites.site()
    page = site.pages.get(path="")
    assert as_(alice).post(f"/sites/pages/{page.pk}/rival/").status_code == 302
    rival = Page.objects.get(rival_of=page)
    Page.objects.filter(pk=rival.pk).update(html=rival.html.replace("Tell us what you need", "Bread that lasts"))
    publish_site(actor=SYSTEM, site=site)
    yield site
    counting._redis().flushdb()


def get(site: Site, number: int, browser: str = BROWSER) -> tuple[str, str]:
    """The version that the visitor from that address gets, and its arm."""
    answer = sites.visitor(site).get("/", REMOTE_ADDR=f"203.0.113.{number}", HTTP_USER_AGENT=browser)
    html = answer.content.decode()
    arm = re.search(r'<html lang="en" data-arm="([0-9a-f]{8}[ab])">', html)
    assert arm is not None
    assert not answer.cookies
    assert answer["Cache-Control"] == "private, no-cache"
    assert ("Bread that lasts" in html) == arm[1].endswith("b")
    return html, arm[1]


def test_each_visitor_sees_one_version_and_is_counted_there(tried: Site) -> None:
    arms = {number: get(tried, number)[1] for number in range(30)}
    assert {arm[-1] for arm in arms.values()} == {"a", "b"}
    assert {number: get(tried, number)[1] for number in range(30)} == arms
    assert get(tried, 7, browser="Googlebot/2.1")[1].endswith("a")

    for number, arm in arms.items():
        for _twice in range(2):
            seen = {"path": "/", "arm": arm}
            sites.visitor(tried).post("/_v", seen, HTTP_USER_AGENT=BROWSER, REMOTE_ADDR=f"203.0.113.{number}")
    sites.visitor(tried).post("/_v", {"path": "/", "arm": "00000000a"}, HTTP_USER_AGENT=BROWSER, REMOTE_ADDR="10.0.0.1")
    counting.write_down()
    sites.send(sites.form_of(tried), arm=arms[0])
    assert Submission.objects.get().arm == arms[0]

    (trial,) = trials_of(tried)
    expected = {side: sum(arm.endswith(side) for arm in arms.values()) for side in "ab"}
    assert {arm.side: arm.visitors for arm in trial.arms} == expected
    assert {arm.side: arm.sent for arm in trial.arms} == {"a": 0, "b": 0} | {arms[0][-1]: 1}
    assert f'name="arm" value="{arms[0]}"' in get(tried, 0)[0]


def test_the_kept_version_is_the_page_and_other_words_are_another_trial(
    tried: Site, as_: Callable[[User], Client], alice: User
) -> None:
    page = tried.pages.get(path="", kind="page")
    before = get(tried, 1)[1][:-1]
    Page.objects.filter(rival_of=page).update(html="<p>Other words</p>")
    publish_site(actor=SYSTEM, site=tried)
    after = re.search(r'data-arm="([0-9a-f]{8})', sites.visitor(tried).get("/").content.decode())
    assert after is not None
    assert after[1] != before

    client = as_(alice)
    assert "Nobody has seen the two versions yet" in client.get(f"/sites/{tried.pk}/numbers/").content.decode()
    assert client.post(f"/sites/pages/{page.pk}/decide/", {"keep": "c"}).status_code == 404
    assert Page.objects.filter(rival_of=page).count() == 1
    assert client.post(f"/sites/pages/{page.pk}/decide/", {"keep": "b"}).status_code == 302
    page.refresh_from_db()
    assert (page.html, Page.objects.filter(rival_of=page).count()) == ("<p>Other words</p>", 0)
    publish_site(actor=SYSTEM, site=tried)
    published = sites.visitor(tried).get("/")
    assert "data-arm" not in published.content.decode()
    assert published["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    ("a", "b", "days", "winner", "says"),
    [
        ((99, 50), (5000, 90), 30, "", "Too early to say"),
        ((1000, 4), (1000, 5), 30, "", "Too early to say"),
        ((1000, 50), (1000, 80), 8, "b", "B is better: of a hundred visitors 8.0 write, with A 5.0."),
        ((1000, 80), (1000, 50), 8, "a", "A is better"),
        ((1000, 50), (1000, 80), 6, "", "B leads"),
        ((1000, 50), (1000, 60), 30, "", "about 7,200 more"),
        ((1000, 50), (1000, 50), 30, "", "equally well"),
    ],
)
def test_the_verdict(portal: Portal, a: tuple[int, int], b: tuple[int, int], days: int, winner: str, says: str) -> None:
    made = judge(Arm(side="a", visitors=a[0], sent=a[1]), Arm(side="b", visitors=b[0], sent=b[1]), days)
    assert made.winner == winner
    assert says in made.text.replace("7200", "7,200")
