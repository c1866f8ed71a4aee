"""Which stored objects rows of this room name."""

from __future__ import annotations

from collections.abc import Iterator

from modules.sites.models import Asset, Form, Publication, SubmissionFile

Named = Iterator[tuple[str, int | None]]


def assets() -> Named:
    """Pictures of pages, and their lighter forms."""
    yield from Asset.objects.values_list("key", "size").iterator()
    for forms in Asset.objects.exclude(sizes=[]).values_list("sizes", flat=True).iterator():
        yield from ((form["key"], form["size"]) for form in forms)


def sent() -> Named:
    """Files that visitors attached."""
    yield from SubmissionFile.objects.values_list("key", "size").iterator()


def handed() -> Named:
    """Files handed out to whoever has sent a form: now, and by versions that can be brought back."""
    for forms in Publication.objects.exclude(root="").values_list("forms", flat=True).iterator():
        yield from ((key, None) for design in forms.values() if (key := design.get("file_key")))
    yield from Form.objects.exclude(file_key="").values_list("file_key", "file_size").iterator()


def published() -> Named:
    """Published versions, each a folder of its own."""
    for root in Publication.objects.exclude(root="").values_list("root", flat=True).iterator():
        yield f"{root}/", None
