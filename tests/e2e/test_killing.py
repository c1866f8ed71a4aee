"""Kill -9 of everything, one after the other, while strangers send a form: what was thanked for is a lead, once."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import sql
from redis import Redis

from infra.local import APP, SUPERUSER
from tests.e2e.conftest import House, standing, until
from tests.e2e.storm import Post, Site, Storm

pytestmark = [pytest.mark.e2e, pytest.mark.long]

# What is killed in one round. A backend takes the whole of PostgreSQL with it: the others restart, the log is replayed.
ROUND = (
    *("web worker", "backend", "worker child", "web worker", "broker", "web worker", "worker child", "cache"),
    *("backend", "web worker", "beat", "worker child", "postmaster", "web worker", "backend", "worker"),
    *("web worker", "broker", "worker child", "web worker", "backend", "cache", "web worker", "worker child", "web"),
)

HALF = len(ROUND) // 2


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A disk of 18 MB, which goes when the house is down."""
    path = Path(tempfile.mkdtemp(prefix="small-disk-"))
    path.chmod(0o755)
    mounted = mount(path, "size=18m")
    yield path
    if mounted:
        subprocess.run(["umount", "--lazy", path], check=True)
    path.rmdir()


def mount(path: Path, *options: str) -> bool:
    """Mount a disk in memory; whether that can be done here (root on Linux can)."""
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def house(furnished: Callable[[str], Path], disk: Path) -> Iterator[House]:
    """A house of its own, behind a proxy that says where visitors come from: its limits stand as they are."""
    with standing(furnished("killing"), TRUSTED_PROXY_HOPS="1") as house:
        yield house


@pytest.fixture(scope="module")
def site(house: House) -> Site:
    return Site(house)


class Processes:
    """The processes of a house, by what they do."""

    MARKS = {"web": "saas.wsgi", "worker": "worker", "beat": "beat", "live": "live", "postmaster": "-D"}

    def __init__(self, house: House) -> None:
        self.supervisor = psutil.Process(house.process.pid)
        env = house.env
        self.marks = self.MARKS | {
            "broker": env["REDIS_BROKER_URL"].split("@")[1].split("/")[0],
            "cache": env["REDIS_URL"].split("@")[1].split("/")[0],
        }

    def find(self, name: str) -> psutil.Process | None:
        """The process called `name` (of several, the youngest), None while there is none."""
        parent, _space, child = {"backend": "postmaster backend"}.get(name, name).partition(" ")
        found = self._part(parent)
        if found is None or not child:
            return found
        try:
            children = [one for one in found.children() if child != "backend" or "portal_app" in _line(one)]
        except psutil.NoSuchProcess:
            return None
        return max(children, key=lambda one: one.create_time(), default=None)

    def kill(self, name: str) -> None:
        """kill -9; returns when the process is gone."""
        victim = until(lambda: self.find(name), f"a process to kill: {name}", within=120)
        victim.send_signal(signal.SIGKILL)
        until(lambda: _gone(victim), f"the end of {name}")

    def _part(self, name: str) -> psutil.Process | None:
        for one in self.supervisor.children():
            if f" {self.marks[name]} " in f"{_line(one)} ":
                return one
        return None

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Within the block `name` is dead, and nobody starts it again."""
        dead = until(lambda: self.find(name), name, within=120)
        self.supervisor.suspend()
        try:
            self.kill(name)
            yield
        finally:
            self.supervisor.resume()
            until(lambda: self.find(name) not in (None, dead), f"another {name}", within=120)


def _gone(process: psutil.Process) -> bool:
    """Whether a process has ended; one that is reaped between two looks has ended too."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.fixture(scope="module")
def processes(house: House) -> Processes:
    return Processes(house)


def ask(house: House, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """Rows of the demo portal, read as the owner of its tables, as soon as the database answers."""
    return until(lambda: _ask(house, query, values), "the database", within=120)


def _ask(house: House, query: str, values: dict[str, Any]) -> list[tuple[Any, ...]] | None:
    try:
        with psycopg.connect(house.env["DATABASE_OWNER_URL"], autocommit=True) as connection:
            row = connection.execute(
                "SELECT schema_name FROM public.portals_portal WHERE slug = 'northwind'"
            ).fetchone()
            assert row is not None
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(row[0])))
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []
    except psycopg.OperationalError:
        return None


@contextmanager
def stubborn_crm(house: House) -> Iterator[None]:
    """Within the block every third lead breaks in the database, so that the worker has deliveries to make."""
    ask(
        house,
        "CREATE FUNCTION break_now() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF mod(NEW.id, 3) = 0 THEN RAISE 'not now'; END IF; RETURN NEW; END $$",
    )
    ask(house, "CREATE TRIGGER break_now BEFORE INSERT ON crm_lead FOR EACH ROW EXECUTE FUNCTION break_now()")
    try:
        yield
    finally:
        ask(house, "DROP FUNCTION IF EXISTS break_now CASCADE")


# A pair is complete when submission and lead name each other.
PAIRS = """
SELECT sent.title, count(*), count(lead.id), count(DISTINCT lead.id)
FROM sites_submission AS sent
LEFT JOIN crm_lead AS lead
  ON lead.origin = 'sites.submission:' || sent.id AND sent.lead = 'crm.lead:' || lead.id
     AND sent.status = 'forwarded' AND lead.person_name = sent.title
WHERE sent.title LIKE 'Storm visitor %%' GROUP BY sent.title
"""
LEADS = "SELECT person_name, count(*) FROM crm_lead WHERE person_name LIKE 'Storm visitor %%' GROUP BY person_name"
UNFINISHED = "SELECT handler, status, attempts, last_error FROM outbox_delivery WHERE status <> 'done'"


def assert_each_is_a_lead_once(house: House, journal: list[Post]) -> None:
    """Thanked: one submission with one lead. No thanks: that, or nothing at all. And no lead besides."""
    pairs = {title: tuple(counts) for title, *counts in ask(house, PAIRS)}
    thanked = {post.name for post in journal if post.thanked}
    assert len(journal) == len({post.name for post in journal})
    assert {name: pairs.get(name) for name in thanked if pairs.get(name) != (1, 1, 1)} == {}
    assert {name: counts for name, counts in pairs.items() if counts != (1, 1, 1)} == {}
    assert dict(ask(house, LEADS)) == dict.fromkeys(pairs, 1)
    assert set(pairs) <= {post.name for post in journal}


def readyz(house: House) -> tuple[int, dict[str, Any]]:
    """What the service says of itself; (0, {}) while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{house.port}/readyz", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except OSError:
        return 0, {}


def sign_in_page(house: House) -> int:
    """The status of the portal's sign-in page."""
    host = f"northwind.portal.localhost:{house.port}"
    request = urllib.request.Request(f"http://127.0.0.1:{house.port}/account/login/", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def stands(house: House) -> bool:
    """Whether everything answers, also what /readyz may remember from a second ago."""
    ask(house, "SELECT 1")
    return readyz(house)[1].get("status") == "ok"


def kill_each(names: tuple[str, ...], storm: Storm, processes: Processes) -> None:
    """Kill one after the other, the next when forms are taken again."""
    for name in names:
        before = storm.thanked
        processes.kill(name)
        until(lambda: storm.thanked > before, f"a form that is taken after killing {name}", within=120)  # noqa: B023


def test_every_accepted_form_is_a_lead_exactly_once(house: House, site: Site, processes: Processes) -> None:
    # promises 39, 40, 41
    storm = Storm(site)
    with storm.blowing():
        with stubborn_crm(house):
            kill_each(ROUND[:HALF], storm, processes)
        kill_each(ROUND[HALF:] + ROUND, storm, processes)  # while the worker makes up for what broke
        until(lambda: stands(house), "everything up again", within=120)
        calm = storm.thanked
        until(lambda: storm.thanked >= calm + 20, "forms that are taken after the storm")
    assert storm.thanked >= 2 * len(ROUND) >= 50
    until(lambda: not ask(house, UNFINISHED), "all deliveries", within=300)
    assert_each_is_a_lead_once(house, storm.journal)

    unlucky = [post for post in storm.journal if post.proven and isinstance(post.told, str)]
    for post in unlucky:
        site.send(post)  # whoever got no answer presses the button again
    assert [post.told for post in unlucky] == [303] * len(unlucky)
    until(lambda: not ask(house, UNFINISHED), "all deliveries", within=120)
    assert_each_is_a_lead_once(house, storm.journal)


def test_what_was_answered_is_on_disk(house: House) -> None:  # promises 39, 42
    until(lambda: stands(house), "everything up", within=120)
    for role in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        with psycopg.connect(house.env[role]) as connection:
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                assert connection.execute(f"SHOW {name}").fetchone() == ("on",), name
    with Redis.from_url(house.env["REDIS_BROKER_URL"], decode_responses=True) as broker:
        for name, value in {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}.items():
            assert broker.config_get(name) == {name: value}
        queueing = broker.info()["run_id"]
    with Redis.from_url(house.env["REDIS_URL"]) as cache:
        assert cache.info()["run_id"] != queueing  # what is cached never crowds out what is queued


@pytest.mark.parametrize(
    ("name", "missing", "status", "told"),
    [
        ("cache", {"cache", "live"}, 200, 303),
        ("broker", {"broker"}, 200, 303),
        ("postmaster", {"database"}, 503, 503),
    ],
)
def test_readyz_names_what_is_down_and_forms_are_taken_while_they_can_be(
    house: House, site: Site, processes: Processes, name: str, missing: set[str], status: int, told: int
) -> None:  # promise 75
    until(lambda: stands(house), "everything up", within=120)
    post = site.fill_in()
    site.prove(post)
    with processes.without(name):
        until(lambda: (readyz(house)[0], _missing(house)) == (status, missing), f"/readyz naming {missing}")
        site.send(post)
        assert post.told == told
        assert sign_in_page(house) == status
    until(lambda: stands(house), "everything up again", within=120)
    found = ask(house, "SELECT count(*) FROM crm_lead WHERE person_name = %(name)s", name=post.name)
    assert found == [(1 if told == 303 else 0,)]


def _missing(house: House) -> set[str]:
    return {name for name, state in readyz(house)[1].get("dependencies", {}).items() if state != "ok"}


def test_sigterm_drops_no_request(house: House, site: Site, processes: Processes) -> None:  # promise 80
    storm = Storm(site, plain=False)
    with storm.blowing():
        for _ in range(2):
            before = storm.thanked
            until(lambda: storm.thanked >= before + 20, "forms that are taken")  # noqa: B023
            master = until(lambda: processes.find("web"), "the web server")
            master.send_signal(signal.SIGTERM)
            until(lambda: _gone(master), "its end", within=120)  # noqa: B023
    assert {post.told for post in storm.journal} <= {303, "refused"}


class SmallLog:
    """The write-ahead log of a house's PostgreSQL, moved to a disk that has room for one segment (16 MB)."""

    def __init__(self, house: House, processes: Processes, disk: Path) -> None:
        self._disk, data = disk, house.folder / "postgres" / "data"
        self._url = house.env["DATABASE_URL"].replace(f"//{APP}:", f"//{SUPERUSER}:")
        with psycopg.connect(self._url, autocommit=True) as connection:
            for statement in ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT"):
                connection.execute(statement)
            row = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        assert row is not None
        with processes.without("postmaster"):
            until(lambda: str(data) not in {one.info["cwd"] for one in psutil.process_iter(["cwd"])}, "quiet")
            log = data / "pg_wal"
            aside = log.rename(data / "aside")
            parts = [str(aside / name) for name in (row[0], "archive_status", "summaries")]
            subprocess.run(["cp", "-a", *parts, str(disk)], check=True)
            shutil.chown(disk, data.owner(), data.group())
            log.symlink_to(disk)

    def fill(self) -> None:
        """Write until the server gives up."""
        with suppress(psycopg.OperationalError), psycopg.connect(self._url, autocommit=True) as connection:
            while True:
                connection.execute("SELECT pg_logical_emit_message(false, 'flood', repeat('x', 1000000))")

    def clear(self) -> None:
        """Give the disk more room, as whoever runs the service does."""
        assert mount(self._disk, "remount", "size=256m")


def test_a_full_disk_of_the_log_refuses_clearly_and_loses_nothing(
    house: House, site: Site, processes: Processes, disk: Path
) -> None:  # promises 39, 46
    if not disk.is_mount():
        pytest.skip("a disk of its own cannot be mounted here (root on Linux can)")
    until(lambda: stands(house), "everything up", within=120)
    log = SmallLog(house, processes, disk)
    until(lambda: stands(house), "everything up on the small disk", within=120)
    before, during = ([site.fill_in() for _ in range(count)] for count in (3, 1))
    for post in (*before, *during):
        site.prove(post)
    for post in before:
        site.send(post)
    log.fill()
    until(lambda: (readyz(house)[0], _missing(house)) == (503, {"database"}), "/readyz naming the database")
    for post in during:
        site.send(post)
    assert [post.told for post in (*before, *during)] == [303, 303, 303, 503]
    log.clear()
    until(lambda: stands(house), "everything up again", within=120)
    for post in during:
        site.send(post)  # whoever was refused presses the button again
    assert [post.told for post in during] == [303]
    until(lambda: not ask(house, UNFINISHED), "all deliveries", within=120)
    assert_each_is_a_lead_once(house, site.filled)  # the tests before sent some too
