"""The floor for published pages: the smallest WSGI program that answers one file from the disk with an ETag."""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PAGE = Path(os.environ.get("BENCH_PAGE", "/dev/null"))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    content = PAGE.read_bytes()
    tag = f'"{hashlib.md5(str(PAGE.stat().st_mtime_ns).encode()).hexdigest()}"'
    headers = [("Content-Type", "text/html; charset=utf-8"), ("ETag", tag), ("Content-Length", str(len(content)))]
    start_response("200 OK", headers)
    return [content]
