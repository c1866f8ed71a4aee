"""Starting, watching and stopping one server process."""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

PORTS = range(15_000, 32_000)  # below those that a system gives to outgoing connections, which come and go all the time
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


class StartFailed(Exception):
    """A server did not come up; the message ends with the last lines of its log."""


def free_port(preferred: int = 0) -> int:
    """A loopback TCP port nobody listens on: `preferred` where it is free, else any that is likely to stay so."""
    for candidate in (*([preferred] if preferred else ()), *secrets.SystemRandom().sample(PORTS, 50), 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartFailed("No free TCP port on 127.0.0.1.")


def dies_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` that lets the kernel stop the child when its parent is killed (Linux; None elsewhere)."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)

    return prepare


def spawn(
    command: Sequence[str], *, log: Path, stop_signal: signal.Signals, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own (Ctrl-C reaches the supervisor alone), its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=dies_with_parent(stop_signal),
        )


def stop(process: subprocess.Popen[bytes], stop_signal: signal.Signals, patience: float = 20.0) -> None:
    """Send `stop_signal`, wait `patience` seconds, then kill. A process that is gone already is fine."""
    if process.poll() is None:
        process.send_signal(stop_signal)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_leftover(pid_file: Path, marker: str, stop_signal: signal.Signals) -> None:
    """End the server an earlier, killed run left behind, and remove its pid file.

    The number alone proves nothing (it may belong to somebody else by now): the process must carry `marker`, the data
    folder, in its command line.
    """
    try:
        leftover = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if marker in leftover.cmdline():
            leftover.send_signal(stop_signal)
            leftover.wait(20)
    except psutil.TimeoutExpired:
        leftover.kill()
        leftover.wait(5)
    except (FileNotFoundError, ValueError, psutil.Error):
        pass
    pid_file.unlink(missing_ok=True)


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    """Poll `ready` until it is true.

    Raises:
        StartFailed: the process ended, or `patience` seconds went by.
    """
    deadline = time.monotonic() + patience
    while not ready():
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise StartFailed(f"{process.args!r} {'ended' if ended else 'is not ready'}:\n{tail}")
        time.sleep(0.02)


def unprivileged(command: Sequence[str], *owned: Path) -> list[str]:
    """`command` as PostgreSQL accepts it: it refuses to run as root, so root steps down to "nobody".

    `owned` folders are given to that user. Where a folder on the way is closed to it (a checkout in /root), the process
    keeps the one capability that passes it. Anyone else runs the command as it is.
    """
    if os.geteuid() != 0:
        return list(command)
    nobody = pwd.getpwnam("nobody")
    for path in owned:
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise StartFailed("Running as root needs `setpriv` (package util-linux), or run as an ordinary user.")
    step_down = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    if not all(_open_to_all(path) for path in (Path(command[0]), *owned)):
        step_down += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*step_down, "--", *command]


def _open_to_all(path: Path) -> bool:
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.resolve().parents)
