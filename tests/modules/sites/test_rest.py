"""The API over the same verbs."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from modules.sites.domain.embedding import snippets
from modules.sites.models import Form, Page, Site, Status, Submission
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


def test_the_whole_of_a_form_is_written_over_the_api(site: Site, alice: User, bob: User, api: Api) -> None:
    form, client = sites.form_of(site), api(alice)
    etag = client.get(f"/api/v1/site-forms/{form.pk}")["ETag"]
    wanted = {
        "destination": {"kind": "lead", "pipeline_id": None, "join": True,
                        "rules": [{"key": "f4", "value": "Big", "person_id": bob.pk}]},
        "letter": {"subject": "We have it", "text": "Dear {name}, thank you.", "confirm": True},
        "popup": {"when": "scroll", "value": 40, "title": "Ask us"},
    }  # fmt: skip

    saved = client.patch(f"/api/v1/site-forms/{form.pk}", wanted, JSON, HTTP_IF_MATCH=etag)
    kept = client.patch(
        f"/api/v1/site-forms/{form.pk}", {"submit_label": "Ask"}, JSON, HTTP_IF_MATCH=saved["ETag"]
    ).json()
    wrong = client.patch(
        f"/api/v1/site-forms/{form.pk}",
        {"destination": {"kind": "nothing"}, "letter": {"text": "{secret}"}},
        JSON,
        HTTP_IF_MATCH=f'"{kept["version"]}"',
    )

    assert saved.status_code == 200
    assert {name: kept[name] for name in wanted} == wanted
    assert (wrong.status_code, wrong.json()["errors"].keys()) == (400, {"destination"})
    form.refresh_from_db()
    assert form.version == kept["version"]


def test_two_versions_of_a_page_over_the_api(site: Site, alice: User, bob: User, api: Api) -> None:
    page, client = site.pages.get(path=""), api(alice)
    address = f"/api/v1/site-pages/{page.pk}"

    none_yet = client.get(f"{address}/trial")
    made = client.post(f"{address}/rival")
    client.patch(made["Location"], {"html": "<h1>Bolder</h1>"}, JSON, HTTP_IF_MATCH=made["ETag"])
    trial = client.get(f"{address}/trial").json()
    second, denied = client.post(f"{address}/rival"), api(bob).post(f"{address}/decide", {"keep": "b"}, JSON)
    kept = client.post(f"{address}/decide", {"keep": "b"}, JSON)

    assert (none_yet.status_code, made.status_code, made.json()["rival_of"]) == (404, 201, page.pk)
    assert ([arm["side"] for arm in trial["arms"]], trial["winner"]) == (["a", "b"], "")
    assert trial["verdict"].startswith("Too early to say")
    assert (second.status_code, denied.status_code) == (409, 403)
    assert (kept.status_code, kept.json()["html"]) == (200, "<h1>Bolder</h1>")
    assert not Page.objects.filter(rival_of=page).exists()


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
    assert texts["link"].endswith(f"/_f/{form.public_id}")
    assert sites.visitor(site).get("/_s/embed.js").status_code == 200
