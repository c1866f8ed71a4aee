"""A real disk of two megabytes, to be filled. Mounting one needs root on Linux."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A disk of two megabytes."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self) -> None:
        """Leave not a byte."""
        with (self.path / "ballast").open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass

    def clear(self) -> None:
        """Make room again."""
        (self.path / "ballast").unlink()


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """A disk that lasts as long as the block; the test is skipped where none can be mounted."""
    with tempfile.TemporaryDirectory(prefix="small-disk-") as name:
        path = Path(name)
        path.chmod(0o755)
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", name]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a disk of its own cannot be mounted here (root on Linux can)")
        yield SmallDisk(path)
        subprocess.run(["umount", "--lazy", name], check=True)
