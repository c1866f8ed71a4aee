"""An audit that cannot check fails; so does one that finds something (promise 79)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.deploy import audit

TODAY = datetime.now(UTC).date()
PYTHON_CLEAN = {"dependencies": [{"name": "django", "version": "5.2.19", "vulns": []}]}
PYTHON_BAD = {"dependencies": [{"name": "django", "version": "3.0", "vulns": [{"id": "PYSEC-2020-32"}]}]}
PYTHON_SKIPPED = {"dependencies": [{"name": "django", "skip_reason": "no answer"}]}
NODE_CLEAN = {"vulnerabilities": {}, "metadata": {}}
NODE_BAD = {
    "vulnerabilities": {
        "htmx.org": {"via": [{"url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "name": "htmx.org"}, "other"]}
    },
    "metadata": {},
}
NODE_AWAY = {"message": "request to the registry failed", "error": {}}


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`says(python=…, node=…)`: programs that answer so, in place of those that need a network."""

    def program(variable: str, answer: object, status: int) -> None:
        file = tmp_path / variable
        said = answer if isinstance(answer, str) else json.dumps(answer)
        file.write_text(f"#!/bin/sh\ncat <<'X'\n{said}\nX\nexit {status}\n")
        file.chmod(0o755)
        monkeypatch.setenv(variable, str(file))

    def set_up(python: object = PYTHON_CLEAN, node: object = NODE_CLEAN, ignore: str = "", status: int = 1) -> int:
        program("PIP_AUDIT", python, status)
        program("NPM", node, status)
        (tmp_path / "ignore").write_text(ignore)
        monkeypatch.setattr(audit, "IGNORED", tmp_path / "ignore")
        return audit.main()

    return set_up


def test_nothing_found_is_fine(says) -> None:
    assert says(status=0) == 0


@pytest.mark.parametrize(
    ("python", "node"),
    [
        (PYTHON_BAD, NODE_CLEAN),
        (PYTHON_CLEAN, NODE_BAD),
        (PYTHON_SKIPPED, NODE_CLEAN),
        ({"dependencies": []}, NODE_CLEAN),
        ("", NODE_CLEAN),
        ("No known vulnerabilities found", NODE_CLEAN),
        (PYTHON_CLEAN, NODE_AWAY),
        (PYTHON_CLEAN, ""),
        (PYTHON_CLEAN, {}),
    ],
)
@pytest.mark.parametrize("status", [0, 1])
def test_a_fault_and_a_missing_answer_both_fail(says, python: object, node: object, status: int) -> None:  # promise 79
    assert says(python=python, node=node, status=status) == 1


def test_a_program_that_is_not_there_fails(says, monkeypatch: pytest.MonkeyPatch) -> None:
    assert says() == 0
    monkeypatch.setenv("NPM", "/nowhere/npm")
    assert audit.main() == 1


def test_what_is_accounted_for_is_so_until_its_day(says) -> None:
    today = TODAY
    assert says(python=PYTHON_BAD, ignore=f"PYSEC-2020-32 {today} Not called.") == 0
    assert says(python=PYTHON_BAD, ignore="PYSEC-2020-32 2020-01-01 Its day has passed.") == 1
    assert says(python=PYTHON_BAD, ignore=f"PYSEC-2020-32 {today.replace(year=today.year + 1)} For ever.") == 1
    assert says(python=PYTHON_BAD, ignore=f"PYSEC-2020-32 {today}") == 1


def test_the_list_that_is_in_use_can_be_read() -> None:
    audit.ignored(audit.IGNORED.read_text(), TODAY)
