"""What the rooms of the house keep as files: counted under the plan, swept where nothing names it any more."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from billing.domain.override import override_limit
from billing.rating.domain.imports import TASK, keep_file
from infra.adapters.storage import get_storage, portal_key
from infra.files import DISK, Swept, sweep
from infra.jobs.models import Job
from infra.kit import gates
from infra.kit.access import SYSTEM
from infra.kit.errors import LimitReached
from infra.kit.registry import registry
from infra.ui.lists import background
from modules.crm.domain.files import keep_bytes
from modules.crm.domain.kinds import COMPANY, CONTACT, PRODUCT
from modules.crm.domain.selling.letterhead import letterhead_of, set_letterhead
from modules.crm.domain.selling.product_picture import set_picture
from modules.crm.models import File, Letterhead, Product
from modules.sites.domain.attachments import keep as keep_attachments
from modules.sites.domain.form import hand_out
from modules.sites.domain.images import make_sizes, upload_image
from tenants.people.domain.photo import remove_photo, set_photo
from tenants.people.models import User
from tenants.portals.domain.logo import remove_logo, set_logo
from tenants.portals.models import Portal
from tests.factories import call, site
from tests.factories.importing import taken
from tests.factories.operator import Console
from tests.factories.record import record

SignIn = Callable[[User], Any]


def picture(colour: str = "teal") -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (700, 700), colour).save(out, "PNG")
    return io.BytesIO(out.getvalue())


def size_of(folder: str) -> int:
    return sum(stat.size for stat in get_storage().iterate(portal_key(folder)))


@pytest.fixture
def everything(portal: Portal, alice: User, as_: SignIn, monkeypatch: pytest.MonkeyPatch) -> Portal:
    """A portal that keeps at least one file in each folder that a module declares, and nothing of other tests."""
    get_storage().delete_prefix(portal.schema_name)
    contact = record(alice, CONTACT, first_name="Ann")
    text = {"name": "a.txt", "content": b"kept", "content_type": "text/plain", "author_id": alice.pk}
    keep_bytes(record=contact, activity=None, **text)
    taken(alice, CONTACT, "people.csv", "First name\nAnn\n")
    set_picture(actor=alice, product=record(alice, PRODUCT, title="Oak"), upload=picture())
    ours = record(alice, COMPANY, name="Ours", is_own="yes")
    set_letterhead(actor=alice, company=ours, lines={}, pictures={"stamp": picture(), "logo": picture("navy")})
    made = site.site()
    form = site.form_of(made)
    make_sizes(upload_image(actor=alice, site=made, stream=picture()).pk)
    hand_out(actor=alice, form=form, file=SimpleUploadedFile("prices.pdf", b"%PDF-1.4"))
    keep_attachments(site.send(form), ["f1"], {"f1": SimpleUploadedFile("cv.pdf", b"%PDF")})
    set_photo(actor=alice, person=alice, upload=picture(), size=1000)
    set_logo(actor=alice, portal=portal, content=picture().getvalue())
    monkeypatch.setattr("infra.ui.lists.screen.LARGE", 0)
    as_(alice).get("/crm/contacts/?export=csv")
    background_export()
    call.deck(activate=False)
    key = keep_file(actor=Console(), file=io.BytesIO(b"id\n"), size=3)
    Job.objects.create(title="Calls", task=TASK, args=[key])
    assert {stored.key for stored in registry.stored_files if not size_of(stored.folder)} == set()
    return portal


def background_export() -> None:
    from infra.jobs.domain.running import run

    run(Job.objects.get(task=background.TASK).pk, background.export_list, resumable=False)


def test_what_nothing_names_is_swept_and_the_rest_counts(  # promises 47 and 65
    everything: Portal, alice: User, as_: SignIn
) -> None:
    storage = get_storage()
    before = {stat.key for stat in storage.iterate(everything.schema_name)}
    lost = [portal_key(f"{stored.folder}/{'0' * 32}/left") for stored in registry.stored_files]
    for key in lost:
        storage.put(key, b"left by a worker that was killed", "text/plain")

    assert sweep() == Swept()  # what is young may belong to an upload that goes on
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert sweep() == Swept(orphans=len(lost))
        assert sweep() == Swept()

    assert {stat.key for stat in storage.iterate(everything.schema_name)} == before
    counted = sum(size_of(stored.folder) for stored in registry.stored_files if stored.counted)
    assert gates.usage(DISK).used == counted

    assert f'value="{counted}" aria-label="Disk"' in as_(alice).get("/billing/").content.decode()

    gates.release(DISK, 1000)  # as a restored backup leaves it
    sweep()

    assert gates.usage(DISK).used == counted


def test_what_is_gone_or_cut_short_is_told(everything: Portal) -> None:  # promise 47
    storage = get_storage()
    for stored in registry.stored_files:
        storage.delete_prefix(portal_key(stored.folder)) if stored.key != "crm.files" else None
    storage.put(portal_key(f"crm/files/{File.objects.get().key}"), b"", "text/plain")  # nothing of it was written

    found = sweep()

    assert found.damaged == 1
    assert found.missing >= len(registry.stored_files) - 1
    assert found.orphans == 0


def _photo(person: User, colour: str) -> Any:
    return set_photo(actor=person, person=person, upload=picture(colour), size=1000)


def _logo(person: User, colour: str) -> Any:
    return set_logo(actor=person, portal=Portal.objects.get(slug="acme"), content=picture(colour).getvalue())


def _product(person: User, colour: str) -> Any:
    row = Product.objects.first() or record(person, PRODUCT, title="Oak")
    return set_picture(actor=person, product=row, upload=picture(colour))


def _letterhead(person: User, colour: str) -> Any:
    ours = getattr(Letterhead.objects.first(), "company", None) or record(person, COMPANY, name="Ours", is_own="yes")
    return set_letterhead(actor=person, company=ours, lines={}, pictures={"stamp": picture(colour)})


@pytest.mark.parametrize("change", [_photo, _logo, _product, _letterhead])
def test_a_picture_takes_room_and_gives_it_back(  # promise 65
    portal: Portal, alice: User, change: Callable[[User, str], Any], django_capture_on_commit_callbacks: Any
) -> None:
    get_storage().delete_prefix(portal.schema_name)
    before = gates.usage(DISK).used
    for colour in ("teal", "navy"):  # the second takes the place of the first
        with django_capture_on_commit_callbacks(execute=True):
            change(alice, colour)
        assert gates.usage(DISK).used == before + size_of_all(portal)
        assert size_of_all(portal) > 0
    override_limit(actor=SYSTEM, portal=portal, limit=DISK, maximum=gates.usage(DISK).used, reason="full")
    stored = {stat.key for stat in get_storage().iterate(portal.schema_name)}
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(LimitReached):
        change(alice, "teal")
    assert {stat.key for stat in get_storage().iterate(portal.schema_name)} == stored


def size_of_all(portal: Portal) -> int:
    return sum(stat.size for stat in get_storage().iterate(portal.schema_name))


def test_taking_a_picture_away_frees_its_room(
    portal: Portal, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    get_storage().delete_prefix(portal.schema_name)
    before = gates.usage(DISK).used
    _photo(alice, "teal")
    _logo(alice, "teal")
    product, letterhead = _product(alice, "teal"), _letterhead(alice, "teal")
    with django_capture_on_commit_callbacks(execute=True):
        alice.refresh_from_db()
        remove_photo(actor=alice, person=alice)
        remove_logo(actor=alice, portal=portal)
        set_picture(actor=alice, product=product, upload=None)
        set_letterhead(actor=alice, company=letterhead.company, lines={}, pictures={"stamp": None})
    assert gates.usage(DISK).used == before
    assert size_of_all(portal) == 0
    assert letterhead_of(letterhead.company).stamp_key == ""
