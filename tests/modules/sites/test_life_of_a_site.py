"""Planned publishing, copies, parcels, redirects, images in lighter forms, numbers."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone
from PIL import Image as Pillow

from billing.domain.override import override_feature
from infra.adapters.storage import get_storage
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import FeatureMissing, Invalid
from modules.sites.domain import parcel
from modules.sites.domain.destination import questions
from modules.sites.domain.form import design_form, hand_out
from modules.sites.domain.images import make_sizes, upload_image
from modules.sites.domain.page import add_page, edit_page
from modules.sites.domain.publishing import publish_due, publish_site
from modules.sites.domain.site import edit_site, schedule_site
from modules.sites.domain.trial import make_rival
from modules.sites.models import Asset, Form, Page, PageKind, Site, VisitCount
from tenants.people.models import User
from tenants.portals.domain.custom_domain import claim_domain, release_domain
from tenants.portals.hosts import PortalHost, resolve_host
from tenants.portals.models import Domain, DomainClaim, Portal
from tests.factories import site as sites

As = Callable[[User], Client]


def picture(width: int = 1200) -> io.BytesIO:
    out = io.BytesIO()
    Pillow.effect_noise((width, width // 2), 60).convert("RGB").save(out, "JPEG")
    out.seek(0)
    return out


def test_a_site_publishes_itself_at_its_moment(portal: Portal, alice: User) -> None:
    site = sites.site(published=False)
    schedule_site(actor=alice, site=site, at=timezone.now() + timedelta(hours=1))

    assert publish_due() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert publish_due() == 1
        assert publish_due() == 0

    site.refresh_from_db()
    assert site.publication is not None
    assert (site.publication.published_by_id, site.publish_at) == (alice.pk, None)


def test_a_moment_that_is_over_is_refused(portal: Portal, alice: User) -> None:
    site = sites.site(published=False)
    with pytest.raises(Invalid):
        schedule_site(actor=alice, site=site, at=timezone.now() - timedelta(minutes=1))
    site.refresh_from_db()
    assert site.publish_at is None


def test_old_addresses_lead_to_new_ones_and_bad_ones_are_refused(portal: Portal, alice: User) -> None:
    site = sites.site(published=False)
    values = {"name": site.name, "language": "en", "theme_color": site.theme_color}
    rows = [("/old", "/prices"), ("/blog", "https://x.example/")]
    site = edit_site(actor=alice, site=site, version=site.version, redirects=rows, **values)
    publish_site(actor=alice, site=site)

    answer = sites.visitor(site).get("/old")
    assert (answer.status_code, answer["Location"]) == (301, "/prices")
    for bad in ("/old", "old /x", "/old javascript:alert(1)", "/old //evil.example"):
        with pytest.raises(Invalid):
            edit_site(actor=alice, site=site, version=site.version, redirects=[bad.split()], **values)


def test_a_parcel_makes_the_same_site_again(portal: Portal, alice: User, as_: As) -> None:
    site = sites.site(template="restaurant")
    asset = upload_image(actor=alice, site=site, stream=picture(), alt="A red door")
    page = site.pages.get(path="")
    edit_page(
        actor=alice, page=page, version=page.version, title=page.title, path="", description=page.description,
        html=page.html + f'<img src="/_a/{asset.name}" alt="A red door">',
    )  # fmt: skip

    packed = as_(alice).get(f"/sites/{site.pk}/export/")
    brought = as_(alice).post(
        "/sites/bring/", {"file": SimpleUploadedFile("x.zip", packed.content), "name": "Again", "slug": "again"}
    )

    copy = Site.objects.get(slug="again")
    new = copy.assets.get()
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert {"index.html", "menu.html", "404.html", "sitemap.xml", "site.json", f"_a/{asset.name}"} <= set(names)
    assert brought["Location"] == f"/sites/{copy.pk}/"
    assert (copy.theme_color, copy.look) == (site.theme_color, site.look)
    assert [row.title for row in copy.pages.all()] == [row.title for row in site.pages.all()]
    assert f'src="/_a/{new.name}" alt="A red door"' in copy.pages.get(path="").html
    assert sites.form_of(copy).public_id in copy.pages.get(path="").html
    assert sites.form_of(site).public_id not in copy.pages.get(path="").html
    publish_site(actor=alice, site=copy)
    assert sites.visitor(copy).get("/menu").status_code == 200


def test_a_parcel_keeps_what_forms_do_and_the_second_version(portal: Portal, alice: User, bob: User) -> None:
    site = sites.site(published=False)
    asset = upload_image(actor=alice, site=site, stream=picture(), alt="Bread")
    site = edit_site(
        actor=alice, site=site, version=site.version, name=site.name, language="en", theme_color=site.theme_color,
        redirects=[("/old", "/new")], head_html='<meta name="proof" content="x">', share_image=asset.name,
    )  # fmt: skip
    form = sites.form_of(site)
    values = {name: getattr(form, name) for name in ("name", "submit_label", "thank_you", "redirect_url")}
    destination = {"kind": "lead", "join": True, "rules": [{"key": "f4", "value": "Big", "person_id": bob.pk}]}
    design_form(
        actor=alice, form=form, version=form.version, **values, responsible_id=bob.pk, destination=destination,
        fields=[{**form.fields[0], "target": questions("lead")[0].key}, *form.fields[1:]],
        letter={"subject": "Hello", "text": "Dear {name}", "confirm": True},
    )  # fmt: skip
    hand_out(actor=alice, form=Form.objects.get(pk=form.pk), file=SimpleUploadedFile("prices.pdf", b"%PDF-1.4"))
    first = site.pages.get(path="", kind=PageKind.PAGE)
    rival = make_rival(actor=alice, page=first)
    edit_page(
        actor=alice, page=rival, version=rival.version, title=rival.title, path=rival.path, description="",
        html="<h1>Bolder</h1>",
    )  # fmt: skip
    add_page(actor=alice, site=site, title="Startseite", path="de", language="en", translation_of=first)
    packed = parcel.pack(actor=alice, site=Site.objects.get(pk=site.pk))

    copy = parcel.unpack(actor=alice, name="", slug="twin", stream=io.BytesIO(packed))
    with zipfile.ZipFile(io.BytesIO(packed)) as opened:
        inside = {name: opened.read(name) for name in opened.namelist()}
    data = json.loads(inside["site.json"])
    away = io.BytesIO()
    with zipfile.ZipFile(away, "w") as made:
        for name, content in (inside | {"site.json": json.dumps({**data, "portal": "another"}).encode()}).items():
            made.writestr(name, content)
    away.seek(0)
    abroad = parcel.unpack(actor=alice, name="", slug="abroad", stream=away)

    old, new, far = (sites.form_of(row) for row in (Site.objects.get(pk=site.pk), copy, abroad))
    assert (new.destination, new.letter, new.responsible_id) == (old.destination, old.letter, bob.pk)
    assert (far.letter, far.responsible_id) == (old.letter, None)
    assert (far.destination["kind"], far.destination["rules"], far.destination["join"]) == ("lead", [], True)
    assert new.fields == old.fields
    assert (new.file_name, get_storage().read(new.file_key)) == ("prices.pdf", b"%PDF-1.4")
    assert new.file_key != old.file_key
    assert (copy.redirects, copy.head_html) == (site.redirects, site.head_html)
    assert copy.share_image == copy.assets.get().name
    home = copy.pages.get(path="", kind=PageKind.PAGE)
    assert home.rival.html == "<h1>Bolder</h1>"
    assert copy.pages.get(path="de").translation_of == home
    assert bob.email not in inside["site.json"].decode()


def test_a_hostile_parcel_is_cleaned_or_refused(portal: Portal, alice: User) -> None:  # promise 52
    data = {
        "name": "Evil", "language": "en", "theme": {"accent": "red;}</style><script>"}, "forms": [], "pictures": [],
        "pages": [],
    }  # fmt: skip

    def zipped(value: object) -> io.BytesIO:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made:
            made.writestr("site.json", json.dumps(value))
        out.seek(0)
        return out

    before = Site.objects.count()
    for stream in (zipped(data), zipped([]), zipped({"name": "x"}), io.BytesIO(b"no zip")):
        with pytest.raises(Invalid):
            parcel.unpack(actor=alice, name="", slug="", stream=stream)
    page = {
        "kind": "page", "title": "Home", "path": "", "description": "", "html": "<h1>x</h1><script>alert(1)</script>",
        "in_menu": True, "menu_title": "", "hidden": False, "draft": False, "bare": False, "language": "",
    }  # fmt: skip
    good = {**data, "theme": {}, "pages": [page]}
    made = parcel.unpack(actor=alice, name="", slug="fine", stream=zipped(good))
    assert made.pages.get().html == "<h1>x</h1>"
    override_feature(actor=SYSTEM, portal=portal, feature="sites.own_code", included=False, reason="test")
    own = {**page, "html": '<div class="own"><p>x</p></div>'}
    frame = {**page, "html": '<div data-part="frame" data-url="https://maps.example/x"></div>'}
    for parcelled in ({"pages": [own]}, {"pages": [frame]}, {"head": '<meta name="proof" content="x">'}):
        with pytest.raises(FeatureMissing):
            parcel.unpack(actor=alice, name="", slug="own", stream=zipped({**good, **parcelled}))
    assert Site.objects.count() == before + 1


def test_pictures_get_lighter_forms_that_visitors_load(portal: Portal, alice: User) -> None:
    site = sites.site(published=False)
    asset = upload_image(actor=alice, site=site, stream=picture(), alt="Noise")
    used = gates.usage("portals.disk_bytes").used

    make_sizes(asset.pk)
    make_sizes(asset.pk)

    asset.refresh_from_db()
    more = sum(row["size"] for row in asset.sizes if row["key"] != asset.key)
    assert {(row["format"], row["width"]) for row in asset.sizes} >= {("avif", 480), ("webp", 480), ("webp", 1200)}
    assert gates.usage("portals.disk_bytes").used == used + more
    page = site.pages.get(path="")
    Page.objects.filter(pk=page.pk).update(html=f'<img src="/_a/{asset.name}" alt="Noise">')
    publish_site(actor=alice, site=site)
    html = sites.visitor(site).get("/").content.decode()
    assert f'<source type="image/avif" srcset="/_a/{asset.name}-480.avif 480w' in html
    assert 'width="1200" height="600"' in html
    answer = sites.visitor(site).get(f"/_a/{asset.name}-480.avif")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/avif")
    assert "immutable" in answer["Cache-Control"]


def test_the_page_for_wrong_addresses_is_the_owners(portal: Portal) -> None:
    site = sites.site(published=False)
    site.pages.filter(kind=PageKind.MISSING).update(html="<h1>Lost?</h1>")
    publish_site(actor=SYSTEM, site=site)

    answer = sites.visitor(site).get("/no-such-page")

    assert answer.status_code == 404
    assert "<h1>Lost?</h1>" in answer.content.decode()
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_search_engines_and_messengers_are_told_what_the_page_is(portal: Portal, alice: User) -> None:
    site = sites.site(template="clinic", published=False)
    asset = upload_image(actor=alice, site=site, stream=picture(), alt="The house")
    Site.objects.filter(pk=site.pk).update(share_image=asset.name)
    hidden = site.pages.get(path="prices")
    hidden.hidden = True
    hidden.save()
    publish_site(actor=alice, site=Site.objects.get(pk=site.pk))
    address, visitor = sites.hosts.address_of(site), sites.visitor(site)

    html = visitor.get("/").content.decode()
    facts = json.loads(html.split('<script type="application/ld+json">')[1].split("</script>")[0])

    assert f'<meta property="og:image" content="{address}/_a/{asset.name}">' in html
    assert '<meta property="og:description" content="' in html
    assert [(fact["@type"], fact.get("url")) for fact in facts] == [("WebPage", f"{address}/"), ("FAQPage", None)]
    assert facts[1]["mainEntity"][0]["name"] == "Does it hurt?"
    assert '<meta name="robots" content="noindex">' in visitor.get("/prices").content.decode()
    assert f"Sitemap: {address}/sitemap.xml" in visitor.get("/robots.txt").content.decode()
    sitemap = visitor.get("/sitemap.xml").content.decode()
    assert f"<loc>{address}/</loc>" in sitemap
    assert "/prices" not in sitemap


def test_language_versions_know_each_other(portal: Portal) -> None:
    site = sites.site(published=False)
    home = site.pages.get(path="")
    made = Page.objects.create(
        site=site, title="Главная", path="ru", language="ru", translation_of=home, html="<h1>x</h1>"
    )
    publish_site(actor=SYSTEM, site=site)

    html = sites.visitor(site).get("/ru").content.decode()

    assert '<html lang="ru"' in html
    assert f'hreflang="en" href="{sites.hosts.address_of(site)}/"' in html
    assert f'hreflang="ru" href="{sites.hosts.address_of(site)}/{made.path}"' in html


def test_the_numbers_show_views_and_who_wrote(portal: Portal, alice: User, as_: As) -> None:
    site = sites.site()
    day = timezone.now().date()
    VisitCount.objects.create(site=site, day=day, path="", source="google", views=30, visitors=10)
    sites.send(
        sites.form_of(site), page_url=sites.hosts.address_of(site) + "/?utm_source=Google", utm={"utm_source": "Google"}
    )

    numbers = as_(alice).get(f"/sites/{site.pk}/numbers/").context["numbers"]

    assert (numbers.total.views, numbers.total.visitors, numbers.total.sent, numbers.total.rate) == (30, 10, 1, "10.0")
    assert [(row.name, row.sent) for row in numbers.pages] == [("", 1)]
    assert [(row.name, row.sent) for row in numbers.sources] == [("google", 1)]
    assert Asset.objects.count() == 0


def test_a_form_has_a_code_to_print(portal: Portal, alice: User, as_: As) -> None:
    form = sites.form_of(sites.site())

    answer = as_(alice).get(f"/sites/forms/{form.pk}/qr.svg")

    assert answer["Content-Type"] == "image/svg+xml"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert b"<svg" in answer.content


# -- a domain of the company's own ------------------------------------------------------------------------------------


@pytest.fixture
def proven(portal: Portal) -> str:
    """A domain of the company's own that was proven."""
    with transaction.atomic():
        row = Portal.objects.get(pk=portal.pk)
        claim = claim_domain(actor=SYSTEM, portal=row, domain="www.rye.example")
        DomainClaim.objects.filter(pk=claim.pk).update(proven_at=timezone.now())
        Domain(tenant=row, domain="www.rye.example", kind=Domain.Kind.CUSTOM, is_primary=False).save(force_insert=True)
    return "www.rye.example"


def test_a_site_is_shown_at_a_domain_of_the_companys_own_and_given_back(
    portal: Portal, proven: str, as_: As, alice: User
) -> None:  # promise 15
    site = sites.site()
    client, stranger = as_(alice), Client(SERVER_NAME=proven, HTTP_HOST=proven)
    assert client.post(f"/sites/{site.pk}/domain/", {"domain": "www.other.example"}).status_code == 404
    assert isinstance(resolve_host(proven), PortalHost)

    assert client.post(f"/sites/{site.pk}/domain/", {"domain": proven}).status_code == 302
    publish_site(actor=SYSTEM, site=Site.objects.get(pk=site.pk))

    page = stranger.get("/").content.decode()
    assert f'<link rel="canonical" href="http://{proven}/">' in page
    assert sites.visitor(site).get("/").content.decode() == page
    form = sites.form_of(site)
    assert stranger.post(f"/_f/{form.public_id}", sites.ANSWERS).status_code == 303
    assert proven in client.get(f"/sites/{site.pk}/settings/").content.decode()
    for path in ("/sites/", f"/sites/{site.pk}/"):
        shown = client.get(path).content.decode()
        assert f">{proven}<" in shown, path  # where people find it, in words as in links
        assert sites.hosts.host_of(site) not in shown, path

    assert client.post(f"/sites/{site.pk}/domain/", {"domain": ""}).status_code == 302
    assert isinstance(resolve_host(proven), PortalHost)


def test_a_released_domain_shows_the_site_no_more(portal: Portal, proven: str, as_: As, alice: User) -> None:
    site = sites.site()  # promise 15
    client = as_(alice)
    client.post(f"/sites/{site.pk}/domain/", {"domain": proven})
    row = Portal.objects.get(pk=portal.pk)

    release_domain(actor=SYSTEM, portal=row, claim_id=DomainClaim.objects.get(portal=row, domain=proven).pk)

    assert resolve_host(proven) is None
    assert "was released" in client.get(f"/sites/{site.pk}/settings/").content.decode()
    publish_site(actor=SYSTEM, site=Site.objects.get(pk=site.pk))
    assert Site.objects.get(pk=site.pk).own_domain == ""
    assert proven not in sites.visitor(site).get("/").content.decode()
