"""Images people upload (promises 62, 65, 66)."""

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from infra.adapters.storage import get_storage
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from modules.sites.domain.images import upload_image
from modules.sites.models import Asset
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories import site as sites
from tests.factories.picture import bomb


def png(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "#aa3366").save(out, "PNG")
    return out.getvalue()


def test_an_image_is_written_anew_counted_and_served(portal: Portal) -> None:
    site = sites.site(published=False)
    before = gates.usage("portals.disk_bytes").used

    asset = upload_image(actor=SYSTEM, site=site, stream=io.BytesIO(png(3200, 1000) + b"<script>alert(1)</script>"))

    content = get_storage().read(asset.key)
    assert (asset.width, asset.height, asset.size) == (1600, 500, len(content))
    assert Image.open(io.BytesIO(content)).format == "WEBP"
    assert b"<script>" not in content
    assert asset.key.startswith(f"{portal.schema_name}/sites/assets/")
    assert gates.usage("portals.disk_bytes").used == before + len(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a<script>alert(1)</script>",
        png(20, 20)[:40],
        png(10_000, 6_000),
        bomb(),
    ],
    ids=["empty", "svg", "html", "fake gif", "cut off", "too many pixels", "bomb"],
)
def test_what_is_no_small_image_is_refused(portal: Portal, content: bytes) -> None:  # promise 66
    site = sites.site(published=False)

    with pytest.raises(Invalid) as refused:
        upload_image(actor=SYSTEM, site=site, stream=io.BytesIO(content))

    assert list(refused.value.fields) == ["image"]
    assert not Asset.objects.exists()


def test_the_editor_uploads_a_picture_with_what_it_shows(
    portal: Portal, alice: User, as_: Callable[[User], Client]
) -> None:
    site = sites.site(published=False)

    answer = as_(alice).post(
        f"/sites/{site.pk}/pictures/",
        {"file": SimpleUploadedFile("../../x.png", png(10, 10), "text/html"), "alt": "A red door"},
    )

    asset = Asset.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {"src": f"/sites/assets/{asset.name}", "width": 10, "height": 10, "alt": "A red door"}
    assert as_(alice).get(f"/sites/{site.pk}/pictures/").json()["pictures"] == [answer.json()]
    shown = as_(alice).get(f"/sites/assets/{asset.name}")
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
