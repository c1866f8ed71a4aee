"""`python -m saas.run`: start everything, print where it is, stop everything on Ctrl-C."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local import FolderInUse, LocalFolder, StartFailed
from saas.run.supervisor import Supervisor
from saas.run.surroundings import environment, start_programs, start_servers

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0


class RunFailed(Exception):
    """The run cannot go on; the message says why."""


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - the terminal is this program's page


def prepare(folder: LocalFolder, values: dict[str, str]) -> list[list[str]]:
    """Bring database and static files up to date, seed the demo; answers the lines of the table.

    Raises:
        RunFailed: a command refused; what it said is part of the message.
    """
    assets = collect_static(folder, values)
    say("  Migrating …")
    manage(values, "migrate_portals")
    say("  Looking after the demo portal (made on the first start) …")
    seeded = manage(values, "seed", "--demo", "--json")
    if assets is not None:
        collected, made = assets
        if collected.wait():
            raise RunFailed("`manage.py collectstatic` failed.")
        (folder.path / "static.made").write_text(made)
    rows: list[list[str]] = json.loads(seeded.splitlines()[-1])
    return rows


def collect_static(folder: LocalFolder, values: dict[str, str]) -> tuple[subprocess.Popen[bytes], str] | None:
    """Start gathering static files, which takes a while, unless nothing changed since they were gathered last."""
    made = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for floor in ("billing", "infra", "modules", "saas", "tenants"):
        for path in sorted((ROOT / floor).glob("**/static/**/*")):
            found = path.stat()
            made.update(f"{path}:{found.st_size}:{found.st_mtime_ns}\n".encode())
    stamp = folder.path / "static.made"
    if stamp.exists() and stamp.read_text() == made.hexdigest():
        return None
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0", "--ignore=rest_framework"]
    return subprocess.Popen(command, env=values), made.hexdigest()


def manage(values: dict[str, str], *command: str) -> bytes:
    done = subprocess.run([sys.executable, "manage.py", *command], env=values, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RunFailed(f"{done.stdout.decode(errors='replace')}\n`manage.py {command[0]}` failed.")
    return done.stdout


def wait_for_web(supervisor: Supervisor, port: str) -> None:
    """Return when the first worker answers.

    Raises:
        RunFailed: nothing answered in time.
    """
    deadline = time.monotonic() + PATIENCE
    while not supervisor.stopping.is_set():
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                raise RunFailed(f"The web process does not answer. Its log: {supervisor.watched['web'].log}") from None
        supervisor.look()
        supervisor.stopping.wait(0.1)


def table(rows: list[list[str]]) -> str:
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def run_once(command: list[str]) -> int:
    """Run `manage.py <command>` against the run that holds the folder already."""
    return subprocess.run([sys.executable, "manage.py", *command], check=False).returncode


def run_beside(supervisor: Supervisor, command: list[str], values: dict[str, str]) -> int:
    """Run `manage.py <command>` while everything is up; whoever stops us stops it too."""
    running = subprocess.Popen([sys.executable, "manage.py", *command], env=values)
    while running.poll() is None and not supervisor.stopping.wait(0.2):
        supervisor.look()
    if running.poll() is None:
        running.terminate()
    return running.wait()


def main(command: list[str]) -> int:
    """Run until Ctrl-C; with a `command` (`screens`, `seed acme`), run that once everything is up, then stop."""
    os.chdir(ROOT)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings.dev")
    supervisor = Supervisor(say)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisor.stopping.set())
    began = time.monotonic()
    try:
        with LocalFolder(Path(os.environ.get("PORTAL_LOCAL") or ROOT / ".local")) as folder:
            try:
                say("  Starting PostgreSQL and Redis …")
                values = environment(folder, start_servers(folder, supervisor))
                rows = prepare(folder, values)
                say("  Starting web, worker and live updates …")
                start_programs(folder, supervisor, values)
                wait_for_web(supervisor, values["PORT"])
                if command:
                    return run_beside(supervisor, command, values)
                if mail := values.get("MAIL_CATCHER_URL"):
                    rows.append(["Mail catcher", mail])
                if payments := values.get("STRIPE_API_BASE"):
                    rows.append(["Payments (stand-in for Stripe)", payments])
                say(f"\n{table(rows)}\n\n  Ready after {time.monotonic() - began:.0f} s. Ctrl-C stops everything.\n")
                supervisor.watch()
            finally:
                say("\n  Stopping …")
                signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second Ctrl-C does not wait
                supervisor.stop()
    except FolderInUse as refusal:
        if command:
            return run_once(command)
        say(str(refusal))
        return 1
    except (StartFailed, RunFailed) as refusal:
        if supervisor.stopping.is_set():
            return 130
        say(str(refusal))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
