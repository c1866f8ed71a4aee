"""A disk that is full (promise 46): a clear answer, nothing half-written, and all works again once there is room.

The disks are real ones of a few megabytes; mounting them needs root.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
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
from tests.support.servers import database_url, worker_name

MEGABYTE = 1024 * 1024


class SmallDisk:
    """A disk of two megabytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.path / "ballast").open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def clear(self) -> None:
        """Make room again."""
        (self.path / "ballast").unlink()


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with tempfile.TemporaryDirectory(prefix="small-disk-") as name:
        path = Path(name)
        path.chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", name], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("a disk of its own cannot be mounted here (root on Linux can)")
        yield SmallDisk(path)
        subprocess.run(["umount", "--lazy", name], check=True)


def test_an_object_that_does_not_fit_leaves_nothing(disk: SmallDisk) -> None:
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
def test_an_upload_to_a_full_disk_is_refused_and_changes_nothing(
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
def test_a_database_without_room_refuses_whole_changes(disk: SmallDisk, cramped: Portal) -> None:
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
