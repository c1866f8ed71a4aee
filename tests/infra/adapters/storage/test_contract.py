"""What every storage promises, run on the local folder and on S3 alike."""

import hashlib
import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.adapters.storage import BadKey, MissingObject, Storage, StorageUnavailable
from infra.adapters.storage.keys import checked_key

# Keys that would leave the folder, hide, or mean another object to somebody.
BAD_KEYS = [
    "",
    ".",
    "..",
    "/",
    "/etc/passwd",
    "../x",
    "a/../b",
    "a/..",
    "a/./b",
    "a//b",
    "a/",
    "a\\b",
    "a/.hidden",
    ".incoming/x",
    "a\x00b",
    "a\nb",
    "a b",
    "a/..%2fb",
    "ключ",
    "a..b",
    "x" * 401,
]


def test_what_is_put_comes_back_with_its_size_and_hash(storage: Storage) -> None:  # promise 67
    content = os.urandom(70_000)

    stored = storage.put("p_a/files/one", content, "application/pdf")

    assert (stored.key, stored.size, stored.sha256) == ("p_a/files/one", 70_000, hashlib.sha256(content).hexdigest())
    assert storage.read("p_a/files/one") == content
    assert storage.stat("p_a/files/one").size == 70_000
    assert abs(storage.stat("p_a/files/one").modified - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_stream_of_many_parts_comes_back_byte_for_byte(storage: Storage) -> None:  # promise 67
    content = os.urandom(17 * 1024**2 + 3)

    stored = storage.put("p_a/files/big", io.BytesIO(content), "video/mp4")

    assert (stored.size, stored.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    with storage.open("p_a/files/big") as stream:
        assert stream.read(5) == content[:5]
        assert stream.read() == content[5:]


def test_an_empty_object_is_an_object(storage: Storage) -> None:
    assert storage.put("p_a/files/none", b"", "text/plain").size == 0
    assert storage.read("p_a/files/none") == b""


def test_putting_again_replaces_the_whole(storage: Storage) -> None:
    storage.put("p_a/files/one", b"a longer first text", "text/plain")
    storage.put("p_a/files/one", b"second", "text/plain")

    assert storage.read("p_a/files/one") == b"second"


@pytest.mark.parametrize("sent", [10, 9 * 1024**2])
def test_a_broken_upload_leaves_what_was_there(storage: Storage, failing: Callable[[int], Any], sent: int) -> None:
    storage.put("p_a/files/one", b"before", "text/plain")

    with pytest.raises(StorageUnavailable):
        storage.put("p_a/files/one", failing(sent), "text/plain")
    with pytest.raises(StorageUnavailable):
        storage.put("p_a/files/two", failing(sent), "text/plain")

    assert storage.read("p_a/files/one") == b"before"
    assert [stat.key for stat in storage.iterate("p_a")] == ["p_a/files/one"]


@pytest.mark.parametrize("ask", ["open", "read", "stat"])
def test_a_missing_object_says_so(storage: Storage, ask: str) -> None:
    storage.put("p_a/files/one", b"x", "text/plain")

    with pytest.raises(MissingObject):
        getattr(storage, ask)("p_a/files/other")
    with pytest.raises(MissingObject):
        getattr(storage, ask)("p_a/files")


def test_delete_takes_one_and_forgives_none(storage: Storage) -> None:
    storage.put("p_a/files/one", b"1", "text/plain")
    storage.put("p_a/files/two", b"2", "text/plain")

    storage.delete("p_a/files/one")
    storage.delete("p_a/files/one")

    assert [stat.key for stat in storage.iterate("p_a")] == ["p_a/files/two"]


def test_a_prefix_is_a_folder_not_the_start_of_a_name(storage: Storage) -> None:  # promise 1
    for key in ("p_a/files/one", "p_a/files/deep/two", "p_ab/files/one"):
        storage.put(key, key.encode(), "text/plain")

    assert sorted(stat.key for stat in storage.iterate("p_a")) == ["p_a/files/deep/two", "p_a/files/one"]
    assert storage.delete_prefix("p_a") == 2

    assert list(storage.iterate("p_a")) == []
    assert storage.read("p_ab/files/one") == b"p_ab/files/one"
    assert storage.delete_prefix("p_a") == 0


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_is_never_a_path(storage: Storage, key: str) -> None:  # promise 64
    for ask in (storage.open, storage.read, storage.stat, storage.delete, storage.delete_prefix, storage.url):
        with pytest.raises(BadKey):
            ask(key)
    with pytest.raises(BadKey):
        storage.put(key, b"x", "text/plain")
    with pytest.raises(BadKey):
        list(storage.iterate(key))


@given(st.text(alphabet="ab0._-/\\ %\x00\n", max_size=30))
def test_no_text_makes_a_key_that_climbs(key: str) -> None:  # promise 64
    try:
        checked = checked_key(key)
    except BadKey:
        return
    assert os.path.normpath("/root/" + checked) == "/root/" + checked


@pytest.mark.parametrize("seconds", [0, -1, 301, 3600])
def test_a_link_lives_five_minutes_at_most(storage: Storage, seconds: int) -> None:  # promise 63
    with pytest.raises(ValueError, match="1 to 300"):
        storage.url("p_a/files/one", expires_s=seconds)
