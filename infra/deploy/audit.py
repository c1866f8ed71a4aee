"""Asks for known faults in the locked packages; fails where it finds one, and where it cannot ask (docs/audits.md).

`python -m infra.deploy.audit`; PIP_AUDIT and NPM name other programs.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
IGNORED = ROOT / "infra" / "deploy" / "audit-ignore"
LONGEST = timedelta(days=90)
LOCKS = ("requirements.txt", "requirements-dev.txt")


class CannotTell(Exception):
    """No answer, or none that can be read."""


def ignored(text: str, today: date) -> dict[str, str]:
    """Number to reason, of the lines that still count. Raises ValueError for one that says too little or too long."""
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        number, _space, rest = line.strip().partition(" ")
        until, _space, reason = rest.strip().partition(" ")
        if not reason.strip():
            raise ValueError(f"{line!r}: number, date and reason are wanted")
        if date.fromisoformat(until) > today + LONGEST:
            raise ValueError(f"{number}: {until} is more than {LONGEST.days} days ahead")
        if date.fromisoformat(until) >= today:
            found[number] = reason
    return found


def python_faults(lock: Path) -> dict[str, str]:
    """Number to package, for one lock. Raises CannotTell."""
    command = [*_program("PIP_AUDIT", f"{sys.executable} -m pip_audit"), "--strict", "--progress-spinner=off"]
    command += ["--require-hashes", "--disable-pip", "--format=json", f"--requirement={lock}"]
    told = _ask(command)
    packages = told.get("dependencies")
    if not packages or any("skip_reason" in package for package in packages):
        raise CannotTell(f"{lock.name}: not every package was looked up")
    return {
        fault["id"]: f"{package['name']} {package['version']}"
        for package in packages
        for fault in package.get("vulns", ())
    }


def node_faults() -> dict[str, str]:
    """Number to package, for package-lock.json. Raises CannotTell."""
    told = _ask([*_program("NPM", "npm"), "audit", "--json"])
    if "vulnerabilities" not in told or "metadata" not in told:
        raise CannotTell(f"npm audit: {told.get('message') or told.get('error') or 'no answer'}")
    return {
        str(via.get("url", via.get("source"))).rsplit("/", 1)[-1]: str(via.get("name"))
        for package in told["vulnerabilities"].values()
        for via in package["via"]
        if isinstance(via, Mapping)
    }


def _program(variable: str, usual: str) -> list[str]:
    return shlex.split(os.environ.get(variable, usual))


def _ask(command: Iterable[str]) -> dict[str, Any]:
    """The JSON that the program printed, whatever it thinks of it. Raises CannotTell."""
    command = list(command)
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
        told = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotTell(f"{command[0]}: {error}") from error
    except json.JSONDecodeError:
        raise CannotTell(f"{' '.join(command[:3])}: {(done.stderr or 'no answer').strip()[-500:]}") from None
    if not isinstance(told, dict):
        raise CannotTell(f"{command[0]}: not an answer that can be read")
    return told


def main() -> int:
    """0 where everything was asked and nothing found that is not accounted for; 1 otherwise, with what to mend."""
    try:
        accounted = ignored(IGNORED.read_text(), datetime.now(UTC).date())
        faults = {number: package for lock in LOCKS for number, package in python_faults(ROOT / lock).items()}
        faults |= node_faults()
    except (CannotTell, ValueError) as error:
        sys.stderr.write(f"The audit could not be made: {error}\n")
        return 1
    left = {number: package for number, package in faults.items() if number not in accounted}
    for number, package in sorted(left.items()):
        sys.stderr.write(f"{package}: {number}\n")
    sys.stdout.write(f"{len(faults)} known faults, {len(faults) - len(left)} of them accounted for\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
