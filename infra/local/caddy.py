"""The web server in front, for the test of certificates; `python -m infra.local.caddy` installs it where it may."""

import os
import shutil
import sys
from pathlib import Path

from infra.local import debian

MISSING = (
    "The test of certificates needs Caddy. Install it (Debian, Ubuntu: `sudo apt-get install caddy`; macOS: "
    "`brew install caddy`), or name the program in the environment variable CADDY."
)


def find() -> str | None:
    """The program to run, None where there is none."""
    named = os.environ.get("CADDY")
    if named:
        return named if Path(named).exists() else None
    return shutil.which("caddy")


def install() -> bool:
    """Let Debian install it without starting it; only root may. Answers whether it is there now."""
    debian.install("caddy", RUNLEVEL="1")
    return find() is not None


def main() -> int:
    if find() or install():
        return 0
    sys.stderr.write(f"{MISSING}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
