"""Published pages, answered before anything of a portal is touched.

A GET costs a look into memory: host to root (kept fresh by the portals' announcements), root to manifest, manifest to
bytes. Files under a root never change, so they are remembered without asking again. No session, no cookie, no schema.
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection

from infra.adapters.storage import MissingObject, StorageUnavailable, get_storage
from infra.adapters.storage.safety import safe_headers
from modules.sites import bare
from modules.sites.domain import arms, counting
from tenants.people.sign_in.client import address_of
from tenants.portals.hosts import PublicHostHit, resolve_host
from tenants.portals.models import Portal

MODULE = "sites"
REMEMBERED_BYTES = 64 * 1024**2
LARGEST_REMEMBERED = 2 * 1024**2
_OFFLINE = {Portal.Status.SUSPENDED.value}
_DYNAMIC = re.compile(r"/_f/[0-9a-f]{20}/(challenge|confirm/[A-Za-z0-9_-]{32})|/_p")
_COMMON = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished answer: status, headers and the bytes of the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _Memory:
    """Bytes of immutable objects by storage key, the least recently asked dropped first. Keys carry the schema."""

    def __init__(self, size: int) -> None:
        self._room, self._size = size, size
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, key: str) -> bytes:
        """The object. Raises MissingObject, StorageUnavailable."""
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found
        content = get_storage().read(key)
        if len(content) <= LARGEST_REMEMBERED:
            with self._lock:
                if key not in self._kept:
                    self._kept[key] = content
                    self._room -= len(content)
                while self._room < 0:
                    self._room += len(self._kept.popitem(last=False)[1])
        return content

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._room = self._size


_objects = _Memory(REMEMBERED_BYTES)
_manifests: dict[str, dict[str, Any]] = {}
_MOST_MANIFESTS = 2000


def forget() -> None:
    """Drop what is remembered of files (for tests that change the storage underneath)."""
    _objects.clear()
    _manifests.clear()


def _nobody() -> tuple[str, str]:
    return "", ""


def answer(
    hit: PublicHostHit,
    path: str,
    *,
    encodings: str = "",
    known_tag: str = "",
    visitor: Callable[[], tuple[str, str]] = _nobody,
) -> Answer:
    """What a visitor of ``hit`` gets at ``path``, by the headers Accept-Encoding and If-None-Match.

    ``visitor`` gives address and browser; it is asked only where two versions of the page are compared.
    """
    if hit.portal.status in _OFFLINE:
        return _plain(503, bare.away(hit.portal.locale))
    if not hit.root:
        return _plain(404, bare.nothing(hit.portal.locale))
    try:
        manifest = _manifest(hit.root)
        entry, status = manifest.get(path), 200
        if entry is None and path.endswith("/") and path.rstrip("/") in manifest:
            return Answer(301, (("Location", path.rstrip("/")), ("Cache-Control", "no-cache"), *_COMMON.items()), b"")
        if entry is None:
            entry, status = manifest["/404"], 404
        if "redirect" in entry:
            return Answer(301, (("Location", entry["redirect"]), ("Cache-Control", "no-cache"), *_COMMON.items()), b"")
        if "download" in entry:
            headers = safe_headers("application/octet-stream", entry["download"])
            return Answer(200, tuple(headers.items()), _objects.read(entry["key"]))
        if "rival" in entry:
            ip, browser = visitor()
            if not counting.is_machine(browser) and arms.side_of(entry["trial"], ip, browser) == "b":
                entry = entry["rival"]
        return _answer(entry, status, encodings, known_tag)
    except (MissingObject, StorageUnavailable):
        return _plain(503, bare.away(hit.portal.locale))


def is_dynamic(path: str) -> bool:
    """Whether a GET of ``path`` is made by code instead of a published file."""
    return bool(_DYNAMIC.fullmatch(path))


def is_page(hit: PublicHostHit, path: str) -> bool:
    """Whether visitors of ``hit`` find a page of its own at ``path``."""
    try:
        entry = _manifest(hit.root).get(path) if hit.root else None
    except (MissingObject, StorageUnavailable):
        return False
    return bool(entry and entry.get("type", "").startswith("text/html")) and not path.startswith("/_")


def goods_of(hit: PublicHostHit) -> list[int]:
    """Ids of the goods that pages of ``hit`` show."""
    try:
        return list(_manifest(hit.root).get("/_p", {}).get("goods", ())) if hit.root else []
    except (MissingObject, StorageUnavailable):
        return []


def arm_of(hit: PublicHostHit, path: str, claimed: str) -> str:
    """``claimed`` where it names one of the two versions that visitors of ``hit`` get at ``path``; "" otherwise."""
    try:
        entry = _manifest(hit.root).get(path) if hit.root else None
    except (MissingObject, StorageUnavailable):
        return ""
    return claimed if entry and entry.get("trial") and claimed[:-1] == entry["trial"] and claimed[-1] in "ab" else ""


def _manifest(root: str) -> dict[str, Any]:
    found = _manifests.get(root)
    if found is None:
        found = json.loads(get_storage().read(f"{root}/manifest"))
        if len(_manifests) >= _MOST_MANIFESTS:
            _manifests.clear()
        _manifests[root] = found
    return found


def _answer(entry: dict[str, Any], status: int, encodings: str, known_tag: str) -> Answer:
    encoding = next((name for name in entry["encodings"] if _takes(encodings, name)), "")
    tag = f'"{entry["tag"]}{"-" + encoding if encoding else ""}"'
    headers = entry.get(encoding + "-headers")
    if headers is None:  # worked out once for every immutable entry
        headers = entry[encoding + "-headers"] = tuple(_headers(entry, encoding, tag))
    if status == 200 and known_tag and tag in known_tag:
        return Answer(304, tuple(pair for pair in headers if pair[0] not in {"Content-Type", "Content-Encoding"}), b"")
    return Answer(status, headers, _objects.read(f"{entry['key']}.{encoding}" if encoding else entry["key"]))


def _headers(entry: dict[str, Any], encoding: str, tag: str) -> Iterable[tuple[str, str]]:
    yield "Content-Type", entry["type"]
    yield "ETag", tag
    fresh = "private, no-cache" if "trial" in entry else "public, no-cache"  # one of two versions is for one visitor
    yield "Cache-Control", "public, max-age=31536000, immutable" if entry["immutable"] else fresh
    yield "Vary", "Accept-Encoding"
    if entry.get("links"):
        yield "Link", entry["links"]  # a front server may send it ahead as early hints (RFC 8297)
    if encoding:
        yield "Content-Encoding", encoding
    policy = entry["policy"] or "default-src 'none'"
    yield "Content-Security-Policy", policy
    if "frame-ancestors 'none'" in policy:
        yield "X-Frame-Options", "DENY"
    yield from _COMMON.items()
    if settings.SECURE_HSTS_SECONDS:
        yield "Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"


def _takes(encodings: str, name: str) -> bool:
    return any(
        part.partition(";")[0].strip() == name and "q=0" not in part.replace(" ", "").replace("q=0.", "")
        for part in encodings.split(",")
    )


def _plain(status: int, body: bytes) -> Answer:
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Security-Policy": bare.POLICY,
        "X-Frame-Options": "DENY",
        **_COMMON,
    }
    return Answer(status, tuple(headers.items()), body)


_REASONS = {
    200: "200 OK",
    301: "301 Moved Permanently",
    304: "304 Not Modified",
    404: "404 Not Found",
    503: "503 Service Unavailable",
}
_PROBES = {"/healthz", "/readyz", "/metrics"}
StartResponse = Callable[..., Any]


class PublishedSites:
    """WSGI in front of Django: GET and HEAD of published sites are answered here, all else goes on."""

    def __init__(self, application: Callable[[dict[str, Any], StartResponse], Iterable[bytes]]) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "") or "/"
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or path in _PROBES or is_dynamic(path):
            return self._application(environ, start_response)
        if not connection.in_atomic_block:
            close_old_connections()
        try:
            hit = resolve_host(environ.get("HTTP_HOST", ""))
        except DatabaseError:
            return self._application(environ, start_response)  # which finds the same, and says so
        if not isinstance(hit, PublicHostHit) or hit.module != MODULE:
            return self._application(environ, start_response)
        made = answer(
            hit,
            path,
            encodings=environ.get("HTTP_ACCEPT_ENCODING", ""),
            known_tag=environ.get("HTTP_IF_NONE_MATCH", ""),
            visitor=lambda: (
                address_of(environ.get("HTTP_X_FORWARDED_FOR", ""), environ.get("REMOTE_ADDR", "")),
                environ.get("HTTP_USER_AGENT", "")[:300],
            ),
        )
        tell_early = environ.get("wsgi.early_hints")
        if made.status == 200 and tell_early and environ.get("HTTP_SEC_FETCH_MODE") == "navigate":
            # 103 (RFC 8297), for browsers alone: many programs take any first answer for the last one.
            tell_early([pair for pair in made.headers if pair[0] == "Link"])
        headers = [*made.headers]
        if made.status != 304:
            headers.append(("Content-Length", str(len(made.body))))
        start_response(_REASONS[made.status], headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [made.body]
