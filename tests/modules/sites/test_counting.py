"""Visits are counted without cookies, without names, and without touching a portal's schema."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from modules.sites.domain import counting
from modules.sites.models import VisitCount
from tenants.portals.models import Portal
from tests.factories import site as sites

BROWSER = "Mozilla/5.0 (Windows NT 10.0)"


@pytest.fixture(autouse=True)
def _empty(portal: Portal) -> Iterator[None]:
    counting._redis().flushdb()
    yield
    counting._redis().flushdb()


def see(site: sites.Site, ip: str = "203.0.113.1", browser: str = BROWSER, **data: str) -> int:
    answer = sites.visitor(site).post("/_v", {"path": "/", **data}, HTTP_USER_AGENT=browser, REMOTE_ADDR=ip)
    assert not answer.cookies
    return answer.status_code


def counts() -> list[tuple[str, str, str, int, int]]:
    counting.write_down()
    names = ("path", "source", "campaign", "views", "visitors")
    return sorted(VisitCount.objects.values_list(*names))


def test_views_and_visitors_by_source(portal: Portal) -> None:
    site = sites.site()
    see(site, **{"from": "https://www.google.com/"})
    see(site)
    see(site, ip="203.0.113.2", source="Mail", campaign="may")

    assert counts() == [("", "", "", 1, 0), ("", "google", "", 1, 1), ("", "mail", "may", 1, 1)]
    see(site)
    assert counts()[0] == ("", "", "", 2, 0)


def test_machines_and_pages_that_do_not_exist_are_not_counted(portal: Portal) -> None:
    site = sites.site()

    assert see(site, browser="Googlebot/2.1") == 204
    assert see(site, path="/no-such-page") == 204
    assert see(site, path="/_f/x") == 204

    assert counts() == []


def test_a_view_touches_no_table_of_the_portal(portal: Portal) -> None:
    site = sites.site()
    see(site)

    with CaptureQueriesContext(connection) as asked:
        see(site)

    assert [row["sql"] for row in asked.captured_queries if "sites_" in row["sql"]] == []


@pytest.mark.parametrize(
    ("referrer", "utm", "name"),
    [
        ("https://www.google.co.uk/search?q=x", "", "google"),
        ("https://yandex.ru/", "", "yandex"),
        ("https://blog.example/post", "", "blog.example"),
        ("https://blog.example/post", "Newsletter", "newsletter"),
        ("https://own.example/prices", "", ""),
        ("javascript:alert(1)", "", ""),
        ("", "", ""),
    ],
)
def test_where_a_visitor_came_from(referrer: str, utm: str, name: str) -> None:
    assert counting.source_of(referrer, utm, "own.example") == name
