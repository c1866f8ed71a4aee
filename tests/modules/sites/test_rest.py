"""The API over the same verbs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from modules.sites.domain.embedding import snippets
from modules.sites.models import Form, Site, Status, Submission
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites
from tests.factories.site import ANSWERS

JSON = "application/json"
Api = Callable[..., Client]


@pytest.fixture
def site(portal: Portal) -> Site:
    return sites.site()


def test_a_site_from_nothing_to_published(portal: Portal, alice: User, api: Api) -> None:
    client = api(alice)

    made = client.post("/api/v1/sites", {"name": "Shop", "slug": "shop", "theme_color": "#aa3366"}, JSON)
    page = client.get("/api/v1/site-pages").json()["results"][0]
    html = page["html"] + "<p>Hi<script>x</script></p>"
    etag = client.get(f"/api/v1/site-pages/{page['id']}")["ETag"]
    saved = client.patch(f"/api/v1/site-pages/{page['id']}", {"html": html}, JSON, HTTP_IF_MATCH=etag)
    stale = client.patch(f"/api/v1/site-pages/{page['id']}", {"title": "No"}, JSON, HTTP_IF_MATCH=etag)
    published = client.post(made["Location"] + "/publish")

    assert (made.status_code, saved.status_code, stale.status_code) == (201, 200, 412)
    assert saved.json()["html"] == page["html"] + "<p>Hi</p>"
    assert published.json()["published_version"] == 1
    assert "<p>Hi</p>" in sites.visitor(Site.objects.get()).get("/").content.decode()


def test_a_server_sends_a_form(site: Site, alice: User, api: Api) -> None:
    form = sites.form_of(site)
    body = {"answers": {**ANSWERS, "f4": "See https://example.com"}, "utm": {"utm_source": "crm", "evil": "x"}}

    first = api(alice).post(
        f"/api/v1/site-forms/{form.pk}/submissions", body, JSON, HTTP_IDEMPOTENCY_KEY="one-key-1234"
    )
    again = api(alice).post(
        f"/api/v1/site-forms/{form.pk}/submissions", body, JSON, HTTP_IDEMPOTENCY_KEY="other-key-12"
    )
    wrong = api(alice).post(f"/api/v1/site-forms/{form.pk}/submissions", {"answers": {"f1": ""}}, JSON)

    assert (first.status_code, again.status_code, wrong.status_code) == (201, 201, 400)
    assert (first.json()["status"], first.json()["utm"]) == (Status.FORWARDED, {"utm_source": "crm"})
    assert sorted(wrong.json()["errors"]) == ["f1", "f5"]
    assert Submission.objects.count() == 2


def test_submissions_are_read_searched_and_replayed(site: Site, alice: User, bob: User, api: Api) -> None:
    sites.send(sites.form_of(site), honeypot="spam")
    client = api(alice)

    listed = client.get("/api/v1/site-submissions", {"q": "ann", "status": "quarantine"}).json()["results"]
    replayed = client.post(f"/api/v1/site-submissions/{listed[0]['id']}/replay").json()

    assert [row["title"] for row in listed] == ["Ann Lee"]
    assert replayed["status"] == Status.FORWARDED
    assert api(bob).get("/api/v1/site-submissions").status_code == 403


@pytest.mark.parametrize(
    "name", ["publication", "publication_id", "version", "id", "address", "public_id", "created_at"]
)
def test_a_site_is_written_only_by_its_own_fields(site: Site, alice: User, api: Api, name: str) -> None:  # promise 27
    client = api(alice)
    etag = client.get(f"/api/v1/sites/{site.pk}")["ETag"]

    answer = client.patch(f"/api/v1/sites/{site.pk}", {name: 1}, JSON, HTTP_IF_MATCH=etag)

    site.refresh_from_db()
    assert answer.status_code == 400
    assert f'"{site.version}"' == etag


def test_the_copy_ready_call_names_a_real_address(site: Site, alice: User, api: Api, portal: Portal) -> None:
    form: Form = sites.form_of(site)
    texts: dict[str, Any] = snippets(form, portal_url="http://portal")
    path = texts["api_code"].split()[1].removeprefix("http://portal")

    assert api(alice).post(path, {"answers": ANSWERS}, JSON).status_code == 201
    assert f'action="{texts["link"]}"' in texts["html_code"]
    assert texts["link"].endswith(f"/_f/{form.public_id}")
    assert sites.visitor(site).get("/_s/embed.js").status_code == 200
