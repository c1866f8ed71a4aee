"""Both storages behind one fixture; S3 is a moto server of this test run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from infra.adapters.storage import Storage
from infra.adapters.storage.local import LocalStorage
from infra.adapters.storage.s3 import S3Storage


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """The address of a running S3 server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def local_storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "files")


@pytest.fixture
def s3_storage(s3_endpoint: str) -> S3Storage:
    client = boto3.client(
        "s3", endpoint_url=s3_endpoint, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )
    if "portal" in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
        for entry in client.list_objects_v2(Bucket="portal").get("Contents", []):
            client.delete_object(Bucket="portal", Key=entry["Key"])
    else:
        client.create_bucket(Bucket="portal")
    return S3Storage(bucket="portal", endpoint_url=s3_endpoint, access_key="k", secret_key="s", region="us-east-1")


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest) -> Storage:
    """Each storage in turn: what is asserted of one holds for the other."""
    made: Storage = request.getfixturevalue(f"{request.param}_storage")
    return made


class Failing:
    """A stream that breaks after some bytes, like an upload whose sender went away."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, amount: int = -1) -> bytes:
        if self._left <= 0:
            raise ConnectionResetError("the sender went away")
        chunk = min(self._left, amount if amount > 0 else self._left)
        self._left -= chunk
        return b"x" * chunk


@pytest.fixture
def failing() -> Callable[[int], Failing]:
    return Failing
