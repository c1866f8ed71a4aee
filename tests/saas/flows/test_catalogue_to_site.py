"""Goods of the catalogue on a page: drawn when published, their prices asked for after."""

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from PIL import Image as Pillow

from infra.kit.access import SYSTEM
from modules.crm.domain.kinds import PRODUCT
from modules.crm.domain.record import create_record
from modules.crm.domain.selling.price_type import usual_price_type
from modules.crm.domain.selling.prices import set_prices
from modules.crm.domain.selling.product_picture import set_picture
from modules.crm.domain.selling.settings import base_currency
from modules.crm.models import Product, ProductSection
from modules.sites.domain.publishing import publish_site
from modules.sites.models import Page, Site
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites


def product(title: str, price: str = "", **more: object) -> Product:
    made: Product = create_record(actor=SYSTEM, kind=PRODUCT, values={"title": title, **more})
    if price:
        set_prices(actor=SYSTEM, product=made, prices={(usual_price_type().pk, base_currency()): price})
    return made


def shop(section: str = "", count: str = "6") -> Site:
    site = sites.site(published=False)
    html = (
        f'<section class="s"><div data-part="catalogue" data-section="{section}" data-count="{count}"></div></section>'
    )
    Page.objects.filter(site=site, path="", kind="page").update(html=html)
    publish_site(actor=SYSTEM, site=site)
    return site


def test_goods_are_drawn_and_their_prices_are_asked_for_after(portal: Portal) -> None:
    bread, cake = product("Rye & <b>bread</b>", "4.50", description="Dark."), product("Cake")
    gone = product("Old stock", "1")
    Product.objects.filter(pk=gone.pk).update(active=False)
    out = io.BytesIO()
    Pillow.new("RGB", (300, 200), "#884400").save(out, "PNG")
    out.seek(0)
    out.name = "bread.png"
    set_picture(actor=SYSTEM, product=bread, upload=out)
    site = shop()
    client = sites.visitor(site)

    page = client.get("/").content.decode()

    assert "<h3>Rye &amp; &lt;b&gt;bread&lt;/b&gt;</h3>" in page
    assert "<h3>Cake</h3>" in page
    assert "Old stock" not in page
    picture = page.partition('src="/_g/')[2].partition('"')[0]
    shown = client.get(f"/_g/{picture}")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/webp", "public, max-age=31536000, immutable")
    with Pillow.open(io.BytesIO(shown.content)) as image:
        assert image.size == (300, 200)

    set_prices(actor=SYSTEM, product=bread, prices={(usual_price_type().pk, base_currency()): Decimal("5.25")})
    asked = client.get("/_p")
    assert set(asked.json()) == {str(bread.pk)}
    assert "5.25" in asked.json()[str(bread.pk)]
    assert "4.50" in page
    assert asked["Cache-Control"] == "public, max-age=60"
    assert not asked.cookies
    Product.objects.filter(pk=cake.pk).update(active=False)
    assert str(cake.pk) not in client.get("/_p").json()


def test_a_section_and_a_number_narrow_what_is_shown(portal: Portal) -> None:
    section = ProductSection.objects.create(name="Bread")
    for number in range(5):
        row = product(f"Loaf {number}")
        Product.objects.filter(pk=row.pk).update(section=section)
    other = product("Candle", "3")

    page = sites.visitor(shop(str(section.pk), "3")).get("/").content.decode()

    assert [f"Loaf {number}" in page for number in range(5)] == [False, False, True, True, True]
    assert "Candle" not in page
    site = Site.objects.get()
    assert str(other.pk) not in sites.visitor(site).get("/_p").json()  # only what its pages show is told


def test_the_editor_shows_what_is_for_sale(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    site = sites.site()
    address = f"/sites/{site.pk}/goods/?section=&count=3"
    assert as_(alice).get(address).content == b""
    product("Rye bread", "4.50")
    assert "<h3>Rye bread</h3>" in as_(alice).get(address).content.decode()


@pytest.mark.parametrize("given", ["section=x&count=x", "section=999999999999&count=99", "section=-1&count=0"])
def test_odd_questions_of_the_editor_are_answered(
    portal: Portal, as_: Callable[[User], Client], alice: User, given: str
) -> None:
    assert as_(alice).get(f"/sites/{sites.site().pk}/goods/?{given}").status_code == 200
