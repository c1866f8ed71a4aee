"""A disk that is full (promise 46): a clear answer, nothing half-written, and all works again once there is room.

The disks are real ones of a few megabytes; mounting them needs root.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from psycopg import sql

from infra.adapters.storage import StorageUnavailable, get_storage, portal_key
from infra.adapters.storage.local import LocalStorage
from infra.db.current import enter
from infra.files import DISK
from infra.kit import gates
from infra.local import SUPERUSER
from infra.local.process import unprivileged
from infra.outbox.models import OutboxEvent
from modules.crm.domain.kinds import CONTACT
from modules.crm.models import Activity, File, Lead
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.support.clients import signed_in, with_token
from tests.support.disk import SmallDisk, small_disk
from tests.support.servers import database_url, worker_name

MEGABYTE = 1024 * 1024


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as disk:
        yield disk


def test_an_object_that_does_not_fit_leaves_nothing(disk: SmallDisk) -> None:  # promise 46
    storage = LocalStorage(disk.path / "files")
    storage.put("p_a/files/one", b"before", "text/plain")

    for key in ("p_a/files/one", "p_a/files/two"):
        with pytest.raises(StorageUnavailable):
            storage.put(key, os.urandom(3 * MEGABYTE), "video/mp4")

    assert [stat.key for stat in storage.iterate("p_a")] == ["p_a/files/one"]
    assert storage.read("p_a/files/one") == b"before"
    assert list((disk.path / "files" / ".incoming").iterdir()) == []
    storage.put("p_a/files/two", os.urandom(MEGABYTE), "video/mp4")  # there is room for less


@pytest.mark.parametrize("as_program", [False, True])
def test_an_upload_to_a_full_disk_is_refused_and_changes_nothing(  # promise 46
    disk: SmallDisk, portal: Portal, alice: User, settings: Any, as_program: bool
) -> None:
    contact, settings.STORAGE_ROOT = record(alice, CONTACT, first_name="Ann"), str(disk.path)
    get_storage.cache_clear()
    client = with_token(alice) if as_program else signed_in(alice)
    address = f"/api/v1/contacts/{contact.pk}/comments" if as_program else f"/crm/contacts/{contact.pk}/comment/"

    def send() -> Any:
        attached = SimpleUploadedFile("photo.jpg", b"x" * 10_000, "image/jpeg")
        return client.post(address, {"text": "Look at this", "files": attached})

    try:
        used, comments = gates.usage(DISK).used, Activity.objects.count()
        disk.fill()
        refused = send()
        disk.clear()
        assert refused.status_code == 503
        assert "Nothing was saved; try again in a minute." in refused.content.decode()
        assert (File.objects.count(), Activity.objects.count(), gates.usage(DISK).used) == (0, comments, used)
        assert list(get_storage().iterate(portal_key("crm"))) == []
        assert send().status_code < 400
        assert (File.objects.get().size, gates.usage(DISK).used) == (10_000, used + 10_000)
    finally:
        get_storage.cache_clear()


def test_a_large_upload_without_room_for_it_meanwhile_is_refused(  # promise 46
    disk: SmallDisk, portal: Portal, alice: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL", "django.request")  # the log that tests keep would keep the file, too
    contact, settings.FILE_UPLOAD_TEMP_DIR = record(alice, CONTACT, first_name="Ann"), str(disk.path)
    client = signed_in(alice)
    client.raise_request_exception = False

    def send() -> Any:
        large = SimpleUploadedFile("film.mp4", bytes(settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1000), "video/mp4")
        return client.post(f"/crm/contacts/{contact.pk}/comment/", {"text": "Look at this", "files": large})

    comments = Activity.objects.count()
    disk.fill()
    refused = send()
    assert (refused.status_code, refused["Retry-After"]) == (503, "5")
    assert (File.objects.count(), Activity.objects.count()) == (0, comments)
    del refused
    gc.collect()  # what was begun of the file goes before its disk does
    settings.FILE_UPLOAD_TEMP_DIR = None
    assert send().status_code < 400
    assert File.objects.count() == 1


@pytest.fixture
def cramped(disk: SmallDisk, fresh_portal: Callable[..., Portal]) -> Iterator[Portal]:
    """A portal whose leads lie on the small disk."""
    portal, space = fresh_portal(), sql.Identifier(f"small_{worker_name()}")
    unprivileged(["postgres"], disk.path)  # which writes there as it is run
    with psycopg.connect(_superuser(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(space, sql.Literal(str(disk.path))))
        table = sql.Identifier(portal.schema_name, Lead._meta.db_table)
        connection.execute(sql.SQL("ALTER TABLE {} SET TABLESPACE {}").format(table, space))
        yield portal
        connection.execute(sql.SQL("ALTER TABLE {} SET TABLESPACE pg_default").format(table))
        connection.execute(sql.SQL("DROP TABLESPACE {}").format(space))


def _superuser() -> str:
    return database_url(SUPERUSER, f"portal_{worker_name()}")


@pytest.mark.commits
def test_a_database_without_room_refuses_whole_changes(disk: SmallDisk, cramped: Portal) -> None:  # promise 46
    with enter(cramped):
        owner = User.objects.filter(is_active=True).order_by("pk")[0]
        client: Client = with_token(owner)
        client.raise_request_exception = False
        before = (Lead.objects.count(), OutboxEvent.objects.count())

    def send() -> Any:
        return client.post("/api/v1/leads", {"title": "Oak table"}, content_type="application/json")

    disk.fill()
    refused = send()
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (503, "unavailable", "5")
    with enter(cramped):
        assert (Lead.objects.count(), OutboxEvent.objects.count()) == before
    disk.clear()

    assert send().status_code == 201
    with enter(cramped):
        assert Lead.objects.count() == before[0] + 1
