"""What cannot be run here is at least read: files exist, names agree, nothing runs as root or from a moving base."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "infra" / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yml").read_text())
TERRAFORM = sorted((ROOT / "terraform").rglob("*.tf"))


def variables_read() -> set[str]:
    """Every variable that the settings read."""
    text = "".join(path.read_text() for path in (ROOT / "saas" / "settings").glob("*.py"))
    return set(re.findall(r'env\.(?:text|url|number|flag|words|redis_url)\(\s*"([A-Z0-9_]+)"', text))


def test_every_base_image_has_a_version_and_the_last_user_is_not_root() -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert images
    assert all(":" in image and not image.endswith(":latest") for image in images)
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)[-1] != "root"


def test_every_file_the_image_copies_or_calls_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for name in " ".join(copied).split():
        assert (ROOT / name).exists(), name
    for script in ("infra/deploy/build-static", "infra/deploy/gunicorn.py", "infra/deploy/roles.sh"):
        assert (ROOT / script).exists(), script


def test_every_service_has_an_image_and_leans_on_services_that_exist() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert service["image"], name
        assert set(service.get("depends_on") or []) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in COMPOSE["volumes"], volume


def test_the_composed_services_name_only_variables_that_the_settings_read() -> None:
    known = variables_read() | {"SINGLE_MACHINE"}
    for name in ("web", "live", "worker", "beat", "migrate"):
        assert set(COMPOSE["services"][name]["environment"]) <= known, name


# Settled by the file itself: one machine behind its own Caddy, files in a volume, the real Stripe.
SETTLED = {
    "DEBUG", "PUBLIC_SCHEME", "PUBLIC_PORT", "LIVE_URL_PORT", "MAIL_CATCHER_URL", "STRIPE_API_BASE",
    "JOBS_VISIBILITY_SECONDS", "SECURE_SSL_REDIRECT", "S3_ENDPOINT_URL", "S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY",
    "S3_REGION",
}  # fmt: skip


def test_whatever_the_settings_read_can_be_set_on_one_machine() -> None:
    passed = set(COMPOSE["services"]["web"]["environment"])
    assert variables_read() - SETTLED - passed == set()
    assert SETTLED & passed == set()


def test_jobs_have_a_redis_of_their_own_that_forgets_nothing() -> None:  # promise 42
    broker, cache = (" ".join(COMPOSE["services"][name]["command"]) for name in ("broker", "cache"))
    assert "--appendonly yes" in broker
    assert "noeviction" in broker
    assert "noeviction" not in cache


@pytest.mark.parametrize("script", ["infra/deploy/build-static", "infra/deploy/roles.sh", ".ci/run"])
def test_shell_scripts_are_well_formed_and_executable(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    assert subprocess.run(["sh", "-n", script], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("name", ["infra/deploy/Caddyfile", *(str(path.relative_to(ROOT)) for path in TERRAFORM)])
def test_brackets_are_closed(name: str) -> None:
    text = re.sub(r'"(\\.|[^"\\\n])*"|#.*', "", (ROOT / name).read_text())
    for opening, closing in ("{}", "[]", "()"):
        assert text.count(opening) == text.count(closing), opening


def test_every_terraform_variable_is_declared_and_every_module_exists() -> None:
    for folder in {path.parent for path in TERRAFORM}:
        text = "".join(path.read_text() for path in folder.glob("*.tf"))
        declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
        assert set(re.findall(r"\bvar\.(\w+)", text)) <= declared, folder
        for source in re.findall(r'source\s+= "(\./\w+)"', text):
            given = re.search(rf'source\s+= "{re.escape(source)}"\n(.*?)^}}', text, re.MULTILINE | re.DOTALL)
            wanted = set(re.findall(r'^variable "(\w+)"', (folder / source / "main.tf").read_text(), re.MULTILINE))
            assert given is not None
            assert set(re.findall(r"^  (\w+)\s+= ", given[1], re.MULTILINE)) == wanted, source


def test_the_cloud_gets_only_variables_that_the_settings_read() -> None:
    known = variables_read() | {"ACME_EMAIL"}
    for path in (ROOT / "terraform" / "main.tf", ROOT / "terraform" / "data" / "main.tf"):
        assert set(re.findall(r"^\s+([A-Z][A-Z0-9_]+)\s+= ", path.read_text(), re.MULTILINE)) <= known, path
