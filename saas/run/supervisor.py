"""Keeps the parts running: starts them, starts again what died, stops them all in order."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from infra.local import LocalPostgres, LocalRedis, StartFailed
from infra.local.process import spawn, stop

LONGEST_PAUSE = 30.0
STABLE = 30.0  # a part that ran this long starts again at once
LOOK_EVERY = 0.25


class Part(Protocol):
    """Something that runs as one process."""

    process: subprocess.Popen[bytes] | None

    def start(self) -> None: ...
    def stop(self) -> None: ...


@dataclass
class Program:
    """One of our own processes."""

    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = spawn(self.command, log=self.log, stop_signal=signal.SIGTERM, environment=self.environment)

    def stop(self) -> None:
        if self.process is not None:
            stop(self.process, signal.SIGTERM, patience=25)
            self.process = None


@dataclass
class Watched:
    part: Part
    log: Path
    began: float = 0.0
    deaths: int = 0
    due: float = field(default=0.0)


class Supervisor:
    """Parts by name, started in the order they were added and stopped in the opposite one."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.watched: dict[str, Watched] = {}
        self.stopping = threading.Event()

    def add(self, name: str, part: LocalPostgres | LocalRedis | Program) -> None:
        """Start `part` and keep it running from now on."""
        part.start()
        self.watched[name] = Watched(part, part.log, began=time.monotonic())

    def watch(self) -> None:
        """Return when `stopping` is set; until then start again what died, ever more slowly if it keeps dying."""
        while not self.stopping.wait(LOOK_EVERY):
            self.look()

    def look(self) -> None:
        now = time.monotonic()
        for name, one in self.watched.items():
            if one.due:
                if now >= one.due:
                    self._start_again(name, one)
            elif one.part.process is None or one.part.process.poll() is not None:
                one.deaths = 1 if now - one.began > STABLE else one.deaths + 1
                pause = min(LONGEST_PAUSE, 0.5 * 2 ** (one.deaths - 1)) if one.deaths > 1 else 0.0
                one.due = now + pause
                self.say(f"{name} ended; starting it again{f' in {pause:.0f} s' if pause else ''}. Its log: {one.log}")

    def _start_again(self, name: str, one: Watched) -> None:
        one.due, one.began = 0.0, time.monotonic()
        try:
            one.part.start()
        except (StartFailed, OSError) as failure:
            self.say(f"{name} does not start: {failure}")

    def stop(self) -> None:
        """Ask our own processes to finish, all at once; then the servers they stand on, one by one."""
        programs = [one.part for one in self.watched.values() if isinstance(one.part, Program)]
        for program in programs:
            if program.process is not None and program.process.poll() is None:
                program.process.terminate()
        for program in programs:
            program.stop()
        for one in reversed(self.watched.values()):
            one.part.stop()
        self.watched.clear()
