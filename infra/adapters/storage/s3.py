"""Objects in any S3-compatible store, through boto3."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.adapters.storage.interface import (
    LONGEST_LINK_S,
    MissingObject,
    ObjectStat,
    StorageUnavailable,
    Stored,
)
from infra.adapters.storage.keys import checked_key, checked_lifetime
from infra.adapters.storage.safety import disposition, safe_type

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = {"404", "NoSuchKey", "NotFound"}
#: Checksums only where the protocol wants them: newer defaults write them into the body on stores that do not
#: know trailing checksums (boto/boto3#4392, #4435; promise 67).
_CHECKSUMS: dict[str, Any] = {
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
_PARTS = TransferConfig(multipart_threshold=8 * 1024**2, multipart_chunksize=8 * 1024**2, use_threads=False)


class _Counting:
    """A stream that counts and hashes what is read from it. Not seekable, so that it is read exactly once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, amount: int = -1) -> bytes:
        chunk = self._stream.read(amount)
        self.size += len(chunk)
        self.digest.update(chunk)
        return chunk


class S3Storage:
    """Keeps objects in one bucket. An object appears whole or not at all; big streams go up in parts."""

    def __init__(
        self, *, bucket: str, endpoint_url: str = "", access_key: str = "", secret_key: str = "", region: str = ""
    ) -> None:
        self._bucket = bucket
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint_url or None,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            region_name=region or "us-east-1",
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path" if endpoint_url else "auto"},
                connect_timeout=3,
                read_timeout=20,
                retries={"mode": "standard", "max_attempts": 3},
                **_CHECKSUMS,
            ),
        )

    def put(self, key: str, content: bytes | BinaryIO, content_type: str) -> Stored:
        checked_key(key)
        stream = _Counting(io.BytesIO(content) if isinstance(content, bytes) else content)
        with _translated(key):
            self._client.upload_fileobj(
                cast(BinaryIO, stream), self._bucket, key, ExtraArgs={"ContentType": content_type}, Config=_PARTS
            )
        return Stored(key=key, size=stream.size, sha256=stream.digest.hexdigest())

    def open(self, key: str) -> BinaryIO:
        with _translated(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=checked_key(key))
        return cast(BinaryIO, answer["Body"])

    def read(self, key: str) -> bytes:
        stream = self.open(key)
        with _translated(key):
            try:
                return stream.read()
            finally:
                stream.close()

    def stat(self, key: str) -> ObjectStat:
        with _translated(key):
            head = self._client.head_object(Bucket=self._bucket, Key=checked_key(key))
        return ObjectStat(key=key, size=head["ContentLength"], modified=head["LastModified"])

    def delete(self, key: str) -> None:
        with _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=checked_key(key))

    def delete_prefix(self, prefix: str) -> int:
        gone = 0
        with _translated(prefix):
            for page in self._pages(prefix):
                if keys := [{"Key": entry["Key"]} for entry in page]:
                    answer = self._client.delete_objects(
                        Bucket=self._bucket, Delete={"Objects": cast(Any, keys), "Quiet": True}
                    )
                    if errors := answer.get("Errors"):
                        raise StorageUnavailable(f"{len(errors)} objects under {prefix} could not be removed")
                    gone += len(keys)
        return gone

    def iterate(self, prefix: str) -> Iterator[ObjectStat]:
        with _translated(prefix):
            for page in self._pages(prefix):
                for entry in page:
                    yield ObjectStat(key=entry["Key"], size=entry["Size"], modified=entry["LastModified"])

    def url(self, key: str, *, expires_s: int = LONGEST_LINK_S, filename: str = "", content_type: str = "") -> str:
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": checked_key(key),
                "ResponseContentType": safe_type(content_type),
                "ResponseContentDisposition": disposition(content_type, filename),
                "ResponseCacheControl": "private, max-age=300",
            },
            ExpiresIn=checked_lifetime(expires_s),
        )

    def _pages(self, prefix: str) -> Iterator[list[Any]]:
        paginator = self._client.get_paginator("list_objects_v2")
        for page in paginator.paginate(Bucket=self._bucket, Prefix=f"{checked_key(prefix)}/"):
            yield cast(list[Any], page.get("Contents", []))


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn the library's errors into ours."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _MISSING:
            raise MissingObject(key) from error
        raise StorageUnavailable(f"The object store refused {key}: {code}") from error
    except (BotoCoreError, OSError) as error:
        raise StorageUnavailable(f"The object store did not answer for {key}") from error
