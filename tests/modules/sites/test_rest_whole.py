"""What the screens of a site do, done by a program: its look, its plan, its versions, its parcel, its pictures."""

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow

from billing.domain.override import override_feature
from infra.kit.access import SYSTEM
from modules.sites.domain.page import edit_page
from modules.sites.domain.publishing import publish_due
from modules.sites.models import Page, Site, SubmissionFile
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites

JSON = "application/json"
Api = Callable[..., Client]


@pytest.fixture
def site(portal: Portal) -> Site:
    return sites.site()


def upload(name: str, content: bytes, kind: str = "application/zip") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, kind)


def test_a_look_and_old_addresses_reach_visitors(site: Site, alice: User, api: Api) -> None:
    client, address = api(alice), f"/api/v1/sites/{site.pk}"
    wanted = {"theme": {"accent": "#aa3366", "radius": "none"}, "redirects": [{"old": "/old", "new": "/"}]}

    saved = client.patch(address, wanted, JSON, HTTP_IF_MATCH="*")
    stale = client.patch(address, {"theme": {"scheme": "dark"}}, JSON, HTTP_IF_MATCH=f'"{site.version}"')
    wrong = client.patch(address, {"name": "No", "theme": {"space": "airy", "radius": "star"}}, JSON, HTTP_IF_MATCH="*")
    evil = client.patch(address, {"redirects": [{"old": "/x", "new": "javascript:alert(1)"}]}, JSON, HTTP_IF_MATCH="*")
    picture = client.patch(address, {"share_image": "none"}, JSON, HTTP_IF_MATCH="*")
    kept = client.get(address).json()
    client.post(f"{address}/publish")

    assert [answer.status_code for answer in (saved, stale, wrong, evil, picture)] == [200, 412, 400, 400, 400]
    assert (evil.json()["errors"].keys(), picture.json()["errors"].keys()) == ({"redirects"}, {"share_image"})
    assert (kept, kept["redirects"]) == (saved.json(), wanted["redirects"])
    assert kept["theme"] == {
        "accent": "#aa3366", "scheme": "light", "heading": "sans", "body": "sans", "radius": "none", "space": "normal",
    }  # fmt: skip
    visitor = sites.visitor(site)
    assert "--accent:#aa3366" in visitor.get("/").content.decode()
    assert visitor.get("/old")["Location"] == "/"


def test_a_site_from_a_template_keeps_its_address(portal: Portal, alice: User, api: Api) -> None:
    client = api(alice)

    made = client.post("/api/v1/sites", {"name": "Rye", "slug": "rye", "template": "shop"}, JSON)
    moved = client.patch(made["Location"], {"slug": "other"}, JSON, HTTP_IF_MATCH="*")

    assert (made.status_code, moved.status_code) == (201, 400)
    assert moved.json()["errors"].keys() == {"slug"}
    assert Page.objects.filter(site__slug="rye", kind="page").count() > 1


def test_a_plan_is_made_kept_and_taken_back(site: Site, alice: User, bob: User, api: Api) -> None:
    client, address = api(alice), f"/api/v1/sites/{site.pk}/plan"
    at = timezone.now() + timedelta(hours=1)

    past = client.post(address, {"at": (at - timedelta(hours=2)).isoformat()}, JSON)
    planned = client.post(address, {"at": at.isoformat()}, JSON)
    denied = api(bob).post(address, {"at": None}, JSON)
    with time_machine.travel(at + timedelta(minutes=1), tick=False):
        published = publish_due()
    client.post(address, {"at": (at + timedelta(days=1)).isoformat()}, JSON)
    none = client.post(address, {"at": None}, JSON)

    assert (past.status_code, planned.status_code, denied.status_code, published) == (400, 200, 403, 1)
    assert (planned.json()["publish_at"] is None, none.json()["publish_at"]) == (False, None)


def test_an_earlier_publishing_is_shown_again(site: Site, alice: User, bob: User, api: Api) -> None:
    page = site.pages.get(path="")
    values = {"title": page.title, "path": "", "description": "", "html": "<h1>Newer</h1>"}
    edit_page(actor=alice, page=page, version=page.version, **values)
    client, address = api(alice), f"/api/v1/sites/{site.pk}"
    client.post(f"{address}/publish")

    rows = client.get(f"{address}/versions").json()["results"]
    back = f"{address}/versions/{rows[1]['id']}/restore"
    denied = api(bob).post(back)
    shown = client.post(back)

    assert [(row["number"], row["shown"], row["kept"]) for row in rows] == [(2, True, True), (1, False, True)]
    assert (denied.status_code, shown.status_code, shown.json()["published_version"]) == (403, 200, 1)
    assert "Newer" not in sites.visitor(site).get("/").content.decode()
    assert client.post(f"{address}/versions/999999/restore").status_code == 404


def test_a_page_says_again_what_it_said(site: Site, alice: User, bob: User, api: Api) -> None:
    page = site.pages.get(path="")
    before, client, address = page.html, api(alice), f"/api/v1/site-pages/{page.pk}"
    client.patch(address, {"html": "<h1>Newer</h1>"}, JSON, HTTP_IF_MATCH="*")

    rows = client.get(f"{address}/versions").json()["results"]
    old = f"{address}/versions/{rows[-1]['id']}"
    denied, restored = api(bob).post(f"{old}/restore"), client.post(f"{old}/restore")

    assert (len(rows), client.get(old).json()["html"]) == (2, before)
    assert (denied.status_code, restored.status_code, restored.json()["html"]) == (403, 200, before)
    assert restored["ETag"] == client.get(address)["ETag"]


@pytest.mark.parametrize(
    "own",
    [
        '<div class="own"><div><p>Mine</p></div><p>too</p></div>',
        '<div class="embed" data-part="frame" data-url="https://maps.example/x" data-title="Map"></div>',
    ],
)
def test_own_code_needs_its_right_and_stays_where_it_was(site: Site, alice: User, api: Api, own: str) -> None:
    address = f"/api/v1/site-pages/{site.pages.get(path='').pk}"
    writer, without = api(alice), api(alice, scopes=("sites.site.view", "sites.site.manage"))

    def write(client: Client, html: str) -> int:
        return client.patch(address, {"html": html}, JSON, HTTP_IF_MATCH="*").status_code

    assert write(without, f"<h1>A</h1>{own}") == 403
    assert write(writer, f"<h1>B</h1>{own}<script>x</script>") == 200
    assert write(without, f"<h1>C</h1>{own}") == 200
    assert write(without, f"<h1>D</h1>{own.replace('M', 'N')}") == 403
    assert writer.get(address).json()["html"] == f"<h1>C</h1>{own}"


def test_own_code_needs_the_plan(site: Site, portal: Portal, alice: User, api: Api) -> None:
    address = f"/api/v1/site-pages/{site.pages.get(path='').pk}"
    override_feature(actor=SYSTEM, portal=portal, feature="sites.own_code", included=False, reason="test")
    own = {"html": '<h1>A</h1><div class="own"><p>Mine</p></div>'}
    refused = api(alice).patch(address, own, JSON, HTTP_IF_MATCH="*")
    assert (refused.status_code, refused.json()["feature"]) == (402, "sites.own_code")
    assert "Mine" not in api(alice).get(address).json()["html"]


def test_a_page_is_copied_moved_and_looked_over(site: Site, alice: User, api: Api) -> None:
    page, client = site.pages.get(path=""), api(alice)
    address = f"/api/v1/site-pages/{page.pk}"

    made = client.post(f"{address}/copy")
    client.post(f"/api/v1/site-pages/{made.json()['id']}/move", {"to": "up"}, JSON)
    remarks = {row["key"]: row["good"] for row in client.get(f"{address}/checklist").json()}

    assert (made.status_code, made.json()["draft"], made.json()["html"]) == (201, True, page.html)
    assert [row.path for row in site.pages.filter(kind="page")] == [made.json()["path"], ""]
    assert (remarks["h1"], remarks["description"]) == (True, False)


def test_a_parcel_leaves_and_comes_back(site: Site, alice: User, bob: User, api: Api) -> None:
    client, address = api(alice), f"/api/v1/sites/{site.pk}"

    packed = client.get(f"{address}/export")
    made = client.post("/api/v1/sites/import", {"file": upload("s.zip", packed.content), "slug": "again"})
    denied = api(bob).post("/api/v1/sites/import", {"file": upload("s.zip", packed.content), "slug": "bobs"})
    broken = client.post("/api/v1/sites/import", {"file": upload("s.zip", b"PK no")})
    copied = client.post(f"{address}/copy")

    assert (packed["Content-Type"], packed["X-Content-Type-Options"]) == ("application/zip", "nosniff")
    assert "index.html" in zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert [answer.status_code for answer in (made, denied, broken, copied)] == [201, 403, 400, 201]
    assert (broken.json()["errors"].keys(), made.json()["slug"]) == ({"file"}, "again")
    first, again = site.pages.get(path=""), Page.objects.get(site_id=made.json()["id"], path="")
    assert again.html.count("data-part") == first.html.count("data-part")
    assert Site.objects.count() == 3


def test_a_picture_goes_up_and_is_named_by_pages(site: Site, alice: User, api: Api) -> None:
    out = io.BytesIO()
    Pillow.new("RGB", (40, 20), "red").save(out, "PNG")
    client, address = api(alice), f"/api/v1/sites/{site.pk}/pictures"

    made = client.post(address, {"file": upload("a.png", out.getvalue(), "image/png"), "alt": "A loaf"})
    wrong = client.post(address, {"file": upload("a.png", b"<svg onload=alert(1)>", "image/png")})

    assert (made.status_code, wrong.status_code) == (201, 400)
    assert client.get(address).json()["results"] == [made.json()]
    page, html = site.pages.get(path=""), f'<img src="{made.json()["src"]}" alt="A loaf">'
    kept = client.patch(f"/api/v1/site-pages/{page.pk}", {"html": html}, JSON, HTTP_IF_MATCH="*")
    assert (kept.status_code, made.json()["src"] in kept.json()["html"]) == (200, True)


def test_files_of_forms_go_both_ways(site: Site, alice: User, bob: User, api: Api) -> None:
    form, client = sites.form_of(site), api(alice)
    address = f"/api/v1/site-forms/{form.pk}/file"
    sites.send(form)
    sent = form.submissions.get()
    kept = SubmissionFile.objects.create(
        submission=sent, field_key="f1", name="cv.html", key=_stored(b"<b>x</b>"), size=8, content_type="text/html"
    )

    handed = client.post(address, {"file": upload("list.pdf", b"%PDF-1.4", "application/pdf")})
    gone = client.delete(address)
    listed = client.get(f"/api/v1/site-submissions/{sent.pk}").json()["files"]
    got = client.get(f"/api/v1/site-submissions/{sent.pk}/files/{kept.pk}")

    assert (handed.status_code, handed.json()["file_name"], gone.status_code) == (200, "list.pdf", 204)
    assert client.get(f"/api/v1/site-forms/{form.pk}").json()["file_name"] == ""
    assert [row["name"] for row in listed] == ["cv.html"]
    assert (b"".join(got.streaming_content), got["Content-Type"]) == (b"<b>x</b>", "application/octet-stream")
    assert got["Content-Disposition"].startswith("attachment")
    assert api(bob).get(f"/api/v1/site-submissions/{sent.pk}/files/{kept.pk}").status_code == 403


def test_numbers_are_the_screen_s(site: Site, alice: User, api: Api) -> None:
    sites.send(sites.form_of(site))

    found = api(alice).get(f"/api/v1/sites/{site.pk}/numbers").json()

    assert (found["total"]["sent"], len(found["days"]), found["forms"][0]["sent"]) == (1, 30, 1)


def _stored(content: bytes) -> str:
    from infra.adapters.storage import get_storage, portal_key, random_name

    return get_storage().put(portal_key(f"sites/sent/{random_name()}"), content, "text/html").key
