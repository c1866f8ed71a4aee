"""What strangers get from a published site (promises 52, 78)."""

import brotli
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.domain.override import override_limit
from infra.adapters.storage import get_storage
from infra.kit.access import SYSTEM
from infra.kit.errors import Conflict, LimitReached, Unavailable
from modules.sites import serving
from modules.sites.domain import hosts, publishing
from modules.sites.domain.page import add_page, edit_page
from modules.sites.domain.site import delete_site
from modules.sites.models import Publication
from saas.wsgi import application
from tenants.portals.hosts import resolve_host
from tenants.portals.models import Portal, PublicHost
from tests.factories import site as sites


@pytest.fixture(autouse=True)
def _fresh_memory() -> None:
    serving.forget()


def text_of(site: sites.Site, path: str = "/") -> str:
    return sites.visitor(site).get(path).content.decode()


def headline(site: sites.Site, title: str) -> None:
    page = site.pages.get(path="")
    edit_page(
        actor=SYSTEM,
        page=page,
        version=page.version,
        title=page.title,
        path="",
        description=page.description,
        html=f"<h1>{title}</h1>" + page.html,
    )


def test_a_page_is_light_strict_and_sets_no_cookie(portal: Portal) -> None:  # promise 52
    answer = sites.visitor(sites.site()).get("/")

    assert answer.status_code == 200
    assert len(answer.content) < 60_000
    assert not answer.cookies
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"].startswith("'sha256-")
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert " style=" not in answer.content.decode()
    assert " onclick" not in answer.content.decode()


def test_a_published_page_asks_the_portals_schema_nothing(portal: Portal) -> None:
    site = sites.site()
    sites.visitor(site).get("/")

    with CaptureQueriesContext(connection) as queries:
        assert sites.visitor(site).get("/").status_code == 200

    asked = [query["sql"] for query in queries if portal.schema_name in query["sql"] or "sites_" in query["sql"]]
    assert asked == []


def ask(
    site: sites.Site, path: str, *, early: list[object] | None = None, **headers: str
) -> tuple[str, dict[str, str], bytes]:
    """What the web process itself answers, Django behind it."""
    told: list[object] = []
    environ = {
        "REQUEST_METHOD": headers.pop("method", "GET"),
        "PATH_INFO": path,
        "HTTP_HOST": hosts.host_of(site),
        **({} if early is None else {"wsgi.early_hints": early.append}),
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    body = b"".join(application(environ, lambda status, given: told.extend([status, dict(given)])))
    return str(told[0]), told[1], body


def test_a_browser_is_told_early_what_the_page_will_need(portal: Portal) -> None:
    site = sites.site()
    told: list[object] = []

    headers = ask(site, "/", early=told, sec_fetch_mode="navigate")[1]
    ask(site, "/", early=told)
    ask(site, "/", early=told, sec_fetch_mode="navigate", if_none_match=headers["ETag"])
    ask(site, "/nowhere", early=told, sec_fetch_mode="navigate")

    assert told == [[("Link", headers["Link"])]]
    assert "/_s/page." in headers["Link"]


def test_the_best_packed_form_is_sent_and_not_sent_twice(portal: Portal) -> None:
    site = sites.site()
    _status, plain_headers, plain = ask(site, "/")

    status, headers, body = ask(site, "/", accept_encoding="gzip, deflate, br")
    again, again_headers, nothing = ask(site, "/", accept_encoding="gzip, br", if_none_match=headers["ETag"])
    head, head_headers, no_body = ask(site, "/", method="HEAD")

    assert (status, headers["Content-Encoding"]) == ("200 OK", "br")
    assert brotli.decompress(body) == plain
    assert "Content-Encoding" not in plain_headers
    assert ask(site, "/", accept_encoding="br;q=0, gzip;q=0.5")[1]["Content-Encoding"] == "gzip"
    assert (again, nothing, again_headers["ETag"]) == ("304 Not Modified", b"", headers["ETag"])
    assert (head, no_body, head_headers["Content-Length"]) == ("200 OK", b"", str(len(plain)))


def test_paths_that_lead_nowhere(portal: Portal) -> None:
    site = sites.site()
    add_page(actor=SYSTEM, site=site, title="Prices", path="prices")
    publishing.publish_site(actor=SYSTEM, site=site)
    client = sites.visitor(site)

    assert client.get("/prices").status_code == 200
    assert (client.get("/prices/").status_code, client.get("/prices/")["Location"]) == (301, "/prices")
    for path in (
        "/nothing",
        "/../etc/passwd",
        "/%2e%2e/manifest",
        "/manifest",
        "/_f/zz",
        "/_a/none",
        "/sites/",
        "/account/login/",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "There is no such page here." in answer.content.decode()


def test_editing_shows_nothing_until_published_and_then_at_once(portal: Portal) -> None:
    site = sites.site()
    headline(site, "Fresh bread")
    assert "Fresh bread" not in text_of(site)

    publishing.publish_site(actor=SYSTEM, site=site)

    assert "Fresh bread" in text_of(site)


def test_an_earlier_version_comes_back_exactly(portal: Portal) -> None:
    site = sites.site()
    before = text_of(site)
    headline(site, "A mistake")
    publishing.publish_site(actor=SYSTEM, site=site)

    publishing.restore_publication(actor=SYSTEM, publication=Publication.objects.get(site=site, number=1))

    assert text_of(site) == before


def test_unpublishing_takes_everything_away(portal: Portal) -> None:
    site = sites.site()
    public_id = sites.form_of(site).public_id
    publishing.unpublish_site(actor=SYSTEM, site=site)
    client = sites.visitor(site)

    assert client.get("/").status_code == 404
    assert client.get(f"/_f/{public_id}").status_code == 404
    assert client.get(f"/_f/{public_id}/challenge").status_code == 404
    assert client.post(f"/_f/{public_id}", sites.ANSWERS).status_code == 404


def test_a_suspended_company_shows_no_site(portal: Portal) -> None:
    site = sites.site()
    Portal.objects.filter(pk=portal.pk).update(status=Portal.Status.SUSPENDED)
    client = sites.visitor(site)

    page = client.get("/")
    assert page.status_code == 503
    assert "This site does not answer now" in page.content.decode()
    assert "script-src" not in page["Content-Security-Policy"]
    assert client.post(f"/_f/{sites.form_of(site).public_id}", sites.ANSWERS).status_code == 503


def test_storage_that_fails_leaves_the_old_site(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:  # promise 75
    from infra.adapters.storage import StorageUnavailable

    site = sites.site()
    before, versions = text_of(site), Publication.objects.count()
    storage = get_storage()
    written: list[str] = []
    real = storage.put

    def breaking(key: str, content: bytes, content_type: str) -> object:
        written.append(key)
        if len(written) > 3:
            raise StorageUnavailable("full")
        return real(key, content, content_type)

    monkeypatch.setattr(storage, "put", breaking)
    with pytest.raises(Unavailable):
        publishing.publish_site(actor=SYSTEM, site=site)

    assert text_of(site) == before
    assert Publication.objects.count() == versions
    assert list(storage.iterate(written[0].rpartition("/")[0])) == []


def test_the_plans_number_of_published_sites_holds(portal: Portal) -> None:  # promise 32
    sites.site("one")
    second = sites.site("two", published=False)
    override_limit(actor=SYSTEM, portal=portal, limit="sites.published", maximum=1, reason="as on Free")
    before = len(list(get_storage().iterate(f"{portal.schema_name}/sites")))

    with pytest.raises(LimitReached):
        publishing.publish_site(actor=SYSTEM, site=second)

    second.refresh_from_db()
    assert second.publication is None
    assert PublicHost.objects.get(host=hosts.host_of(second)).root == ""
    assert len(list(get_storage().iterate(f"{portal.schema_name}/sites"))) == before


def test_a_published_site_is_not_deleted_and_a_deleted_one_frees_its_host(portal: Portal) -> None:
    site = sites.site()
    with pytest.raises(Conflict):
        delete_site(actor=SYSTEM, site=site)
    publishing.unpublish_site(actor=SYSTEM, site=site)

    delete_site(actor=SYSTEM, site=site)

    assert resolve_host(f"bakery.{settings.SITES_DOMAIN}") is None
    sites.site("bakery")


def test_a_site_whose_files_are_gone_says_so(portal: Portal) -> None:  # promise 75
    site = sites.site()
    assert site.publication is not None
    get_storage().delete_prefix(site.publication.root)

    serving.forget()
    assert sites.visitor(site).get("/").status_code == 503


def test_two_companies_cannot_have_one_host(acme: Portal, globex: Portal) -> None:
    from infra.db.current import enter
    from infra.kit.errors import Invalid

    with enter(acme):
        site = sites.site(name="Acme-canary bakery")
    with enter(globex), pytest.raises(Invalid) as refused:
        sites.site(name="Globex bakery")

    assert list(refused.value.fields) == ["slug"]
    assert "Acme-canary" in text_of(site)
