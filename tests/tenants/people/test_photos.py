"""Photos: small, square, without what the camera wrote, and no bombs."""

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from infra.db.current import enter
from infra.kit.errors import Denied, Invalid
from tenants.people.domain.photo import set_photo
from tenants.people.models import User
from tenants.portals.models import Portal

As = Callable[[User], Client]


def picture(width: int = 900, height: int = 600, kind: str = "JPEG", place: bool = False) -> bytes:
    image = Image.new("RGB", (width, height), "teal")
    exif = Image.Exif()
    if place:
        exif[0x010F] = "Canary camera"
        exif.get_ifd(0x8825)[1] = "N"
    content = io.BytesIO()
    image.save(content, kind, exif=exif)
    return content.getvalue()


def upload(client: Client, person: User, content: bytes, name: str = "me.jpg") -> object:
    return client.post(f"/people/{person.id}/photo/", {"photo": SimpleUploadedFile(name, content, "image/jpeg")})


def test_a_photo_is_made_small_and_square(acme: Portal, globex: Portal, bob: User, charlie: User, as_: As) -> None:
    client = as_(bob)
    assert upload(client, bob, picture(place=True))["Location"] == "/people/me/"
    with enter(acme):
        bob.refresh_from_db()
    sizes = {}
    for url in (bob.photo_url, bob.large_photo_url):
        answer = client.get(url)
        assert answer["Content-Type"] == "image/webp"
        assert b"Canary camera" not in answer.content
        shown = Image.open(io.BytesIO(answer.content))
        assert not shown.getexif()
        sizes[url] = shown.size
    assert list(sizes.values()) == [(96, 96), (512, 512)]
    assert as_(charlie).get(bob.photo_url).status_code == 404  # promise 1
    old = bob.photo_url
    client.post(f"/people/{bob.id}/photo/", {"remove": "1"})
    with enter(acme):
        bob.refresh_from_db()
    assert (bob.photo_key, old != "") == ("", True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"0" * 50,
        picture()[:300],
    ],
)
def test_what_is_no_picture_is_refused(portal: Portal, bob: User, content: bytes) -> None:
    with pytest.raises(Invalid):
        set_photo(actor=bob, person=bob, upload=io.BytesIO(content), size=len(content))
    bob.refresh_from_db()
    assert bob.photo_key == ""


def test_a_pixel_bomb_is_refused_unopened(portal: Portal, bob: User) -> None:  # promise 66
    bomb = picture(9000, 6000, "PNG")
    assert len(bomb) < 400_000
    with pytest.raises(Invalid) as refused:
        set_photo(actor=bob, person=bob, upload=io.BytesIO(bomb), size=len(bomb))
    assert refused.value.fields == {"photo": ["The photo has too many pixels."]}


def test_a_file_too_large_is_refused_unread(portal: Portal, bob: User) -> None:
    with pytest.raises(Invalid):
        set_photo(actor=bob, person=bob, upload=io.BytesIO(b"x"), size=11 * 1024 * 1024)


def test_nobody_changes_a_colleagues_photo(portal: Portal, bob: User, carol: User) -> None:
    with pytest.raises(Denied):
        set_photo(actor=bob, person=carol, upload=io.BytesIO(picture()), size=1)
