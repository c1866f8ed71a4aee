"""The browser of the browser tests; `python -m infra.local.chromium` installs it where it may, else says what lacks."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local import debian

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage")
MISSING = (
    "The browser tests need Chromium. Install it (Debian, Ubuntu: `sudo apt-get install chromium`; macOS: "
    "`brew install --cask chromium`), or name the program in the environment variable CHROMIUM."
)


def find() -> str | None:
    """The program to run, None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class NoChromium(Exception):
    """There is no browser; the message says how to get one."""


def launch(playwright: "Playwright") -> "Browser":
    """Start it without a window. Raises NoChromium."""
    program = find()
    if program is None:
        raise NoChromium(MISSING)
    return playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS])


def install() -> bool:
    """Let Debian install it; only root may. Answers whether it is there now."""
    debian.install("chromium", "fonts-dejavu-core")
    return find() is not None


def main() -> int:
    if find() or install():
        return 0
    sys.stderr.write(f"{MISSING}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
