"""A bucket that is full (promise 46): a clear answer, nothing half-written, and all works again once there is room.

The bucket stands on a real HTTP server that refuses what would add to it, in the words of two products with quotas.
"""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import boto3
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from infra.adapters.storage import StorageUnavailable, get_storage, portal_key
from infra.adapters.storage.s3 import S3Storage
from infra.files import DISK
from infra.kit import gates
from modules.crm.domain.kinds import CONTACT
from modules.crm.models import Activity, File
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.support.clients import with_token

MEGABYTE = 1024 * 1024
# MinIO, cmd/api-errors.go; Ceph, src/rgw/rgw_common.cc
REFUSALS = (("507 Insufficient Storage", "XMinioStorageFull"), ("403 Forbidden", "QuotaExceeded"))


class SmallBucket:
    """An S3 server whose bucket takes `room` bodies more, then answers with `refusal`; None is room for all."""

    def __init__(self, refusal: tuple[str, str]) -> None:
        self.refusal = refusal
        self.room: int | None = None
        self._store = DomainDispatcherApplication(create_backend_app)
        self.server = make_server("127.0.0.1", 0, self, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.name = f"bucket-{self.server.server_port}"

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self.room is not None and environ["REQUEST_METHOD"] == "PUT":
            if self.room == 0:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                status, code = self.refusal
                start_response(status, [("Content-Type", "application/xml")])
                return [f"<Error><Code>{code}</Code><Message>There is no room.</Message></Error>".encode()]
            self.room -= 1
        answer: Iterable[bytes] = self._store(environ, start_response)
        return answer


@pytest.fixture(params=REFUSALS, ids=[code for _status, code in REFUSALS])
def bucket(request: pytest.FixtureRequest) -> Iterator[SmallBucket]:
    small = SmallBucket(request.param)
    threading.Thread(target=small.server.serve_forever, daemon=True).start()
    client = boto3.client(
        "s3", endpoint_url=small.address, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )
    client.create_bucket(Bucket=small.name)
    yield small
    assert client.list_multipart_uploads(Bucket=small.name).get("Uploads", []) == []  # parts would be paid for
    small.server.shutdown()


def test_an_object_that_does_not_fit_leaves_nothing(bucket: SmallBucket) -> None:  # promise 46
    storage = S3Storage(bucket=bucket.name, endpoint_url=bucket.address, access_key="k", secret_key="s")
    storage.put("p_a/files/one", b"before", "text/plain")

    content = os.urandom(17 * MEGABYTE)  # three parts, of which one is taken
    for key in ("p_a/files/one", "p_a/files/two"):
        bucket.room = 1
        with pytest.raises(StorageUnavailable):
            storage.put(key, io.BytesIO(content), "video/mp4")

    assert [(stat.key, stat.size) for stat in storage.iterate("p_a")] == [("p_a/files/one", 6)]
    assert storage.read("p_a/files/one") == b"before"
    bucket.room = None
    assert storage.put("p_a/files/two", io.BytesIO(content), "video/mp4").size == len(content)
    assert storage.read("p_a/files/two") == content


def test_an_upload_to_a_full_bucket_is_refused_and_changes_nothing(  # promise 46
    bucket: SmallBucket, portal: Portal, alice: User, settings: Any
) -> None:
    contact, client = record(alice, CONTACT, first_name="Ann"), with_token(alice)
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL = bucket.name, bucket.address
    settings.S3_ACCESS_KEY, settings.S3_SECRET_KEY = "k", "s"
    get_storage.cache_clear()

    def send() -> Any:
        attached = SimpleUploadedFile("photo.jpg", b"x" * 10_000, "image/jpeg")
        return client.post(f"/api/v1/contacts/{contact.pk}/comments", {"text": "Look at this", "files": attached})

    try:
        used, comments = gates.usage(DISK).used, Activity.objects.count()
        bucket.room = 0
        refused = send()
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert "Nothing was saved; try again in a minute." in refused.content.decode()
        assert (File.objects.count(), Activity.objects.count(), gates.usage(DISK).used) == (0, comments, used)
        assert list(get_storage().iterate(portal_key("crm"))) == []
        bucket.room = None
        assert send().status_code == 201
        assert (File.objects.get().size, gates.usage(DISK).used) == (10_000, used + 10_000)
    finally:
        get_storage.cache_clear()
