"""A portal's rows in one archive."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable

import pytest

from infra.db.current import enter
from infra.kit.errors import NotFound
from tenants.people.models import User
from tenants.portals.domain.export import export_schema
from tenants.portals.models import Portal


@pytest.mark.commits
def test_archive_holds_one_portal_and_nothing_else(fresh_portal: Callable[..., Portal]) -> None:
    portal, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    out = io.BytesIO()
    rows = export_schema(portal.schema_name, out)
    with zipfile.ZipFile(out) as archive:
        assert set(archive.namelist()) == {*(f"{table}.csv" for table in rows), "manifest.json"}
        people = list(csv.DictReader(io.TextIOWrapper(archive.open("people_user.csv"), "utf-8")))
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert json.loads(archive.read("manifest.json"))["tables"] == rows
    with enter(portal):
        assert [row["email"] for row in people] == list(User.objects.values_list("email", flat=True))
    assert rows["people_user"] == 1
    assert str(other.slug).encode() not in everything


def test_of_nobody(db: None) -> None:
    with pytest.raises(NotFound):
        export_schema("public", io.BytesIO())
