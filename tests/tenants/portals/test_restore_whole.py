"""A portal comes back whole: rows, shared rows, files; nobody else notices, and who was forgotten stays so."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from psycopg import sql

from billing.models import Subscription
from infra.adapters.storage import MissingObject, get_storage
from infra.db.current import enter
from infra.db.owner import owner_connection
from infra.kit.errors import Conflict
from infra.wakeups.models import WakeUp
from tenants.people.domain.account import make_account
from tenants.people.domain.person import deactivate_person
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.domain import backups, erasures
from tenants.portals.domain.checksums import checksum
from tenants.portals.domain.export import export_schema
from tenants.portals.domain.restore import restore_portal
from tenants.portals.domain.shared_rows import rows_about_portals
from tenants.portals.models import Backup, Domain, Erasure, Portal
from tests.support import portals
from tests.tenants.portals.test_restore import checksums, some_lead

pytestmark = pytest.mark.commits
Fresh = Callable[..., Portal]


def shared(portal: Portal) -> dict[str, str]:
    """Checksums of what the shared tables hold about the portal."""
    with owner_connection() as raw:
        return {
            table: checksum(
                raw, "public", table, sql.SQL("WHERE {} = {}").format(sql.Identifier(column), sql.Literal(portal.pk))
            )
            for table, column in rows_about_portals()
        }


def files(portal: Portal) -> dict[str, bytes]:
    return {found.key: get_storage().read(found.key) for found in get_storage().iterate(portal.schema_name)}


def archive_of(portal: Portal) -> io.BytesIO:
    target = io.BytesIO()
    export_schema(portal.schema_name, target, whole=True)
    return target


def colleague(portal: Portal, name: str = "Erin") -> int:
    with enter(portal):
        made = make_account(
            email=f"{name.lower()}@initech.example",
            role=built_in_role(Role.Base.EMPLOYEE),
            password=portals.PASSWORD,
            email_verified=True,
            first_name=name,
        )
        return int(made.pk)


def test_all_of_it_comes_back_and_others_stay(fresh_portal: Fresh) -> None:  # promise 43
    portal, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    some_lead(portal, "Kept")
    kept = f"{portal.schema_name}/files/kept"
    get_storage().put(kept, b"kept" * 1000, "text/plain")
    get_storage().put(f"{other.schema_name}/files/theirs", b"theirs", "text/plain")
    archive = archive_of(portal)
    before = checksums(portal), shared(portal), files(portal)
    theirs = checksums(other), shared(other), files(other)

    some_lead(portal, "Made later")
    get_storage().delete(kept)
    get_storage().put(f"{portal.schema_name}/files/later", b"later", "text/plain")
    Domain.objects.filter(tenant=portal).update(domain="lost.example")
    Portal.objects.filter(pk=portal.pk).update(name="Spoiled", status=Portal.Status.SUSPENDED)
    done = restore_portal(portal.schema_name, archive)

    assert (checksums(portal), shared(portal), files(portal)) == before
    assert (checksums(other), shared(other), files(other)) == theirs
    after = Portal.objects.get(pk=portal.pk)
    assert (after.name, after.status) == (portal.name, "suspended")  # the operator's word since then stands
    assert (done.files, done.rows["crm_lead"], done.erased) == (1, 1, 0)
    assert set(WakeUp.objects.filter(schema_name=portal.schema_name).values_list("room", flat=True)) >= {
        "outbox",
        "jobs",
    }


def test_a_schema_that_was_lost_is_made_anew(fresh_portal: Fresh) -> None:  # promise 43
    portal = fresh_portal("Initech")
    lead = some_lead(portal, "Kept")
    archive, before = archive_of(portal), checksums(portal)
    with owner_connection() as raw:
        raw.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(portal.schema_name)))
    restore_portal(portal.schema_name, archive)
    assert checksums(portal) == before
    assert some_lead(portal, "After") > lead


def test_what_was_sold_since_is_not_taken_back(fresh_portal: Fresh) -> None:
    portal = fresh_portal("Initech")
    archive = archive_of(portal)
    Subscription.objects.filter(portal=portal).update(period="year")
    restore_portal(portal.schema_name, archive)
    assert Subscription.objects.get(portal=portal).period == "year"


@pytest.mark.parametrize("damage", ["a row", "a file", "an address"])
def test_what_does_not_come_back_the_same_does_not_come_back(fresh_portal: Fresh, damage: str) -> None:
    portal, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    some_lead(portal, "Oak table")
    name = f"{portal.schema_name}/files/kept"
    get_storage().put(name, b"kept", "text/plain")
    good = archive_of(portal)
    get_storage().delete(name)
    before, broken = (checksums(portal), shared(portal)), io.BytesIO()
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(broken, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            if damage == "a row" and part == "crm_lead.csv":
                content = content.replace(b"Oak", b"Ash")
            if damage == "a file" and part == f"files/{name}":
                content = b"Kept"
            target.writestr(part, content)
    if damage == "an address":  # meanwhile somebody else's
        host = Domain.objects.filter(tenant=portal).values_list("domain", flat=True)[0]
        Domain.objects.filter(tenant=portal).update(domain="moved.example")
        Domain.objects.filter(tenant=other).update(domain=host)
        before = checksums(portal), shared(portal)
    with pytest.raises(Conflict):
        restore_portal(portal.schema_name, broken)
    assert (checksums(portal), shared(portal)) == before


def test_a_forgotten_person_stays_forgotten(fresh_portal: Fresh) -> None:  # promise 51
    portal = fresh_portal("Initech")
    erin = colleague(portal)
    archive = archive_of(portal)
    with enter(portal):
        owner, person = User.objects.owners().get(), User.objects.get(pk=erin)
        deactivate_person(actor=owner, person=person)
        erasures.forget_person(erin)
    assert erasures.copy_erasures() >= 1
    Erasure.objects.filter(schema_name=portal.schema_name).delete()  # as if the database, too, were an old one
    assert restore_portal(portal.schema_name, archive).erased == 1
    with enter(portal):
        person = User.objects.get(pk=erin)
    assert (person.is_active, person.first_name, person.email) == (False, f"#{erin}", f"erased-{erin}@invalid")
    assert Erasure.objects.filter(schema_name=portal.schema_name, person=erin).exists()


def test_an_erased_portal_stays_erased(fresh_portal: Fresh) -> None:  # promises 16, 51
    portal = fresh_portal("Initech")
    archive = archive_of(portal)
    portals.erase(portal)
    with pytest.raises(Conflict, match="erased"):
        restore_portal(portal.schema_name, archive)
    erasures.copy_erasures()
    note = json.loads(get_storage().read(f"erasures/{portal.schema_name}/portal.json"))
    assert (note["schema"], note["person"]) == (portal.schema_name, None)


def test_after_a_restore_of_everything_erasures_are_applied_again(fresh_portal: Fresh) -> None:  # promise 51
    gone, other = fresh_portal("Initech"), fresh_portal("Umbrella")
    erin = colleague(other)
    for schema, person in ((gone.schema_name, None), (other.schema_name, erin)):
        erasures.note_erasure(schema, person)
    erasures.copy_erasures()
    Erasure.objects.filter(schema_name__in=[gone.schema_name, other.schema_name]).delete()
    call_command("reapply_erasures")
    assert Portal.objects.get(pk=gone.pk).status == "erased"
    assert Portal.objects.get(pk=other.pk).status != "erased"
    with enter(other):
        assert User.objects.get(pk=erin).first_name == f"#{erin}"
    with pytest.raises(MissingObject):
        get_storage().stat(f"{gone.schema_name}/nothing")


def test_the_weekly_proof_restores_and_reports(fresh_portal: Fresh, monkeypatch: pytest.MonkeyPatch) -> None:
    # promises 43, 84
    portal = fresh_portal("Initech")
    some_lead(portal, "Oak table")
    with owner_connection() as raw:
        before = raw.execute("SELECT count(*) FROM pg_namespace").fetchone()
    backups.prove_archive(portal.schema_name)
    with owner_connection() as raw:
        assert raw.execute("SELECT count(*) FROM pg_namespace").fetchone() == before
    monkeypatch.setattr(backups, "prove_archive", lambda schema: None)
    assert backups.prove_archives(1).good

    def fail(schema: str) -> None:
        raise Conflict("crm_lead came back other than it was")

    monkeypatch.setattr(backups, "prove_archive", fail)
    report = backups.prove_archives(1)
    assert (report.good, "crm_lead came back" in report.note) == (False, True)
    Backup.objects.all().delete()


def test_commands(fresh_portal: Fresh, tmp_path: object, capsys: pytest.CaptureFixture[str]) -> None:
    portal = fresh_portal("Initech")
    file = f"{tmp_path}/initech.zip"
    call_command("export_portal", portal.slug, file)
    call_command("restore_portal", file)
    assert "checksums agree" in capsys.readouterr().out
    call_command("report_backup", "base", "good", "12 GB")
    assert (timezone.now() - (backups.last_good()["base"] or timezone.now())) < timedelta(minutes=1)
    Backup.objects.all().delete()
