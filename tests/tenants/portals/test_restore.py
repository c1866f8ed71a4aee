"""One portal goes back to the moment of its archive; nobody else notices (promise 43)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from psycopg import DataError

from infra.db.current import enter
from infra.kit.errors import Conflict
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.models import Lead
from tenants.people.models import User
from tenants.portals.domain.export import export_schema
from tenants.portals.domain.restore import restore_schema
from tenants.portals.models import Portal
from tests.support import clients


def checksums(portal: Portal) -> dict[str, str]:
    """Of each table of the portal, all its rows."""
    sums = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [portal.schema_name])
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(row::text, chr(10) ORDER BY row::text), ''))"
                f' FROM "{portal.schema_name}"."{table}" AS row'
            )
            sums[table] = cursor.fetchone()[0]
    return sums


def some_lead(portal: Portal, title: str) -> int:
    with enter(portal):
        return int(create_lead(actor=User.objects.owners().get(), new=NewLead(title=title)).pk)


@pytest.mark.commits
def test_rows_come_back_and_others_stay(fresh_portal: Callable[..., Portal]) -> None:  # promise 43
    portal, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    kept = some_lead(portal, 'Kept; with "quotes",\ncommas and ünïcödé \\N')
    archive = io.BytesIO()
    export_schema(portal.schema_name, archive)
    before = checksums(portal)
    later = some_lead(portal, "Made later")
    with enter(portal):
        Lead.objects.filter(pk=kept).update(title="Spoiled")
        clients.signed_in(User.objects.owners().get())
        assert Session.objects.exists()
    some_lead(other, "Of another company")
    untouched = checksums(other)

    restore_schema(portal.schema_name, archive)

    assert checksums(portal) == before
    assert checksums(other) == untouched
    assert some_lead(portal, "After") > later, "a number is never given out twice"


@pytest.mark.commits
def test_an_archive_of_another_company_is_refused(fresh_portal: Callable[..., Portal]) -> None:
    portal, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    archive = io.BytesIO()
    export_schema(other.schema_name, archive)
    before = checksums(portal)
    with pytest.raises(Conflict):
        restore_schema(portal.schema_name, archive)
    assert checksums(portal) == before


@pytest.mark.commits
def test_an_archive_that_is_broken_or_was_written_over_changes_nothing(fresh_portal: Callable[..., Portal]) -> None:
    portal = fresh_portal("Initech")
    some_lead(portal, "Oak table")
    archive = io.BytesIO()
    export_schema(portal.schema_name, archive, whole=True)
    before = checksums(portal)

    def changed(how: Callable[[bytes], bytes]) -> io.BytesIO:
        made = io.BytesIO()
        with zipfile.ZipFile(archive) as good, zipfile.ZipFile(made, "w") as bad:
            for name in good.namelist():
                bad.writestr(name, how(good.read(name)) if name == "crm_lead.csv" else good.read(name))
        return made

    with pytest.raises(DataError):
        restore_schema(portal.schema_name, changed(lambda rows: rows + b"not,a,row\n"))
    with pytest.raises(Conflict, match="crm_lead came back other than it was"):  # promise 43: checksums are compared
        restore_schema(portal.schema_name, changed(lambda rows: rows.replace(b"Oak table", b"Elm table")))
    assert checksums(portal) == before
