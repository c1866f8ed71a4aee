"""Production settings fail loudly when wrong or missing, and pass Django's deploy check when right."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RIGHT = {
    "PATH": os.environ["PATH"],
    "DJANGO_SETTINGS_MODULE": "saas.settings.prod",
    "SECRET_KEY": "k9f3Lw8zQp2Xv7Tn5Rb1Yc6Hd4Gs0Ja-MeUoKiVqZtWxPlBn_Er8Sy3Cd",
    "PORTALS_HASH_KEY": "Vb5Qx1Mz8Kc3Jd7Wf0Lg4Hn6Rp2Ty9Us-AeOi",
    "BASE_DOMAIN": "portal.example",
    "SITES_DOMAIN": "pages.example",
    "PUBLIC_SCHEME": "https",
    "DATABASE_URL": "postgres://portal_app:x@db.internal/portal",
    "DATABASE_OWNER_URL": "postgres://portal_owner:y@db.internal/portal",
    "REDIS_URL": "redis://cache.internal:6379/0",
    "REDIS_BROKER_URL": "redis://broker.internal:6379/0",
    "EMAIL_URL": "smtp+tls://user:pass@mail.internal:587",
    "METRICS_TOKEN": "0f2b7c55d1e84a6f",
    "S3_BUCKET": "files",
    "S3_ACCESS_KEY": "a",
    "S3_SECRET_KEY": "b",
}


def start(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """`python -c` that only loads the settings: what a wrong environment says within a second."""
    environment = {**RIGHT, **{key: value for key, value in changes.items() if value is not None}}
    for key, value in changes.items():
        if value is None:
            environment.pop(key, None)
    return subprocess.run(
        [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"PORTALS_HASH_KEY": None}, "PORTALS_HASH_KEY must be another secret than SECRET_KEY"),
        ({"SECRET_KEY": None}, "SECRET_KEY is not set"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must have at least 50"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL must start with postgres://"),
        ({"DATABASE_OWNER_URL": None}, "DATABASE_OWNER_URL must be another role"),
        ({"REDIS_URL": None}, "REDIS_URL is not set"),
        ({"REDIS_BROKER_URL": None}, "REDIS_BROKER_URL must be another server"),
        ({"EMAIL_URL": None}, "EMAIL_URL is not set"),
        ({"PUBLIC_SCHEME": "http"}, "PUBLIC_SCHEME must be https"),
        ({"BASE_DOMAIN": None}, "must be real domains"),
        ({"SITES_DOMAIN": "sites.portal.example"}, "SITES_DOMAIN must be apart"),
        ({"METRICS_TOKEN": None}, "METRICS_TOKEN is not set"),
        ({"S3_BUCKET": None}, "S3_BUCKET is not set"),
        ({"LIVE_URL_PORT": "eighty"}, "LIVE_URL_PORT must be a whole number"),
    ],
)
def test_a_wrong_environment_says_what_to_mend(changes: dict[str, str | None], sentence: str) -> None:
    result = start(**changes)
    assert result.returncode != 0
    assert sentence in result.stderr


def test_one_machine_may_keep_files_in_a_folder() -> None:
    assert start(S3_BUCKET=None, SINGLE_MACHINE="true").returncode == 0


def test_the_right_environment_passes_the_deploy_check() -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=RIGHT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
