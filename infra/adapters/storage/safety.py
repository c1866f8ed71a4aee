"""How files people brought are handed to a browser without letting it run them.

Types come from an allowlist; what could carry script is a download; the browser must not guess (promise 62).
"""

from __future__ import annotations

from django.utils.http import content_disposition_header

#: Shown in the browser. None of them can run script in our origin.
SHOWN_TYPES = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
        "video/mp4",
        "video/webm",
        "video/ogg",
        "text/plain",
    }
)
#: Named honestly, but always downloaded.
DOWNLOADED_TYPES = frozenset(
    {
        "application/pdf",
        "application/zip",
        "application/json",
        "text/csv",
        "application/rtf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
    }
)
UNKNOWN_TYPE = "application/octet-stream"


def safe_type(content_type: str) -> str:
    """The type a browser may be told: one of the two lists, or ``application/octet-stream``."""
    plain = content_type.partition(";")[0].strip().lower()
    if plain == "text/plain":
        return "text/plain; charset=utf-8"
    return plain if plain in SHOWN_TYPES | DOWNLOADED_TYPES else UNKNOWN_TYPE


def disposition(content_type: str, filename: str) -> str:
    """``Content-Disposition`` for a file: inline only for what is shown, with the name quoted by RFC 6266."""
    shown = safe_type(content_type).partition(";")[0] in SHOWN_TYPES
    name = "".join(" " if not character.isprintable() else character for character in filename).strip()
    return content_disposition_header(not shown, name or "file") or "attachment"


def safe_headers(content_type: str, filename: str) -> dict[str, str]:
    """All headers under which a stored file is answered."""
    return {
        "Content-Type": safe_type(content_type),
        "Content-Disposition": disposition(content_type, filename),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'self'",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "private, max-age=300",
    }
