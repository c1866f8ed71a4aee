"""The supervisor starts again what died, ever more slowly, and leaves nothing behind."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from saas.run import supervisor as module
from saas.run.supervisor import Program, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(clock: Clock, said: list[str]) -> Iterator[Supervisor]:
    supervisor = Supervisor(said.append)
    yield supervisor
    supervisor.stop()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Program]:
    return lambda code: Program([sys.executable, "-c", code], {}, tmp_path / "log")


def die(program: Program) -> None:
    assert program.process is not None
    program.process.kill()
    program.process.wait()


def test_a_part_that_dies_is_started_again(
    supervisor: Supervisor, program: Callable[[str], Program], clock: Clock, said: list[str]
) -> None:
    web = program(SLEEPER)
    supervisor.add("web", web)
    assert web.process is not None
    first = web.process.pid
    clock.now += 31
    die(web)
    supervisor.look()
    supervisor.look()
    assert web.process.pid != first
    assert web.process.poll() is None
    assert said == [f"web ended; starting it again. Its log: {web.log}"]


def test_a_part_that_keeps_dying_is_started_ever_more_slowly(
    supervisor: Supervisor, program: Callable[[str], Program], clock: Clock
) -> None:
    web = program(SLEEPER)
    supervisor.add("web", web)
    pauses = []
    for _ in range(8):
        die(web)
        supervisor.look()
        pauses.append(supervisor.watched["web"].due - clock.now)
        clock.now = supervisor.watched["web"].due
        supervisor.look()
    assert pauses == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_stopping_leaves_no_process(supervisor: Supervisor, program: Callable[[str], Program]) -> None:
    programs = [program(SLEEPER), program(SLEEPER)]
    for number, one in enumerate(programs):
        supervisor.add(str(number), one)
    pids = [one.process.pid for one in programs if one.process is not None]
    supervisor.stop()
    assert len(pids) == 2
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_part_dies_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    """Nobody is there to stop it: the kernel does."""
    code = (
        "import os, sys, time; from pathlib import Path; from saas.run.supervisor import Program;"
        f"p = Program([sys.executable, '-c', {SLEEPER!r}], dict(os.environ), Path({str(tmp_path / 'inner')!r}));"
        "p.start();"
        "print(p.process.pid, flush=True); time.sleep(600)"
    )
    outer = Program([sys.executable, "-c", code], {"PYTHONPATH": "."}, tmp_path / "outer")
    outer.start()
    while not (text := (tmp_path / "outer").read_text()).endswith("\n"):
        assert outer.process is not None
        assert outer.process.poll() is None, text
    inner = psutil.Process(int(text))
    die(outer)
    inner.wait(60)
    assert not inner.is_running()
