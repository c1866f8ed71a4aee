"""Programs of the tests that Debian has as packages."""

import os
import shutil
import subprocess
from pathlib import Path

PATIENT = ("--quiet", "-o", "Acquire::Retries=5", "-o", "DPkg::Lock::Timeout=300")


def install(*packages: str, **environment: str) -> None:
    """Let Debian install them; only root may, and elsewhere nothing happens. A lost connection is tried again."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0 or not Path("/etc/debian_version").exists():
        return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", **environment}
    subprocess.run([apt, "update", *PATIENT], check=False, env=quiet)
    subprocess.run([apt, "install", "--yes", *PATIENT, "--no-install-recommends", *packages], check=False, env=quiet)
