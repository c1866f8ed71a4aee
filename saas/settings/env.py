"""The environment, read once, typed, and failing loudly: a wrong or missing value names itself and the mend."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
LOCAL = Path(os.environ.get("PORTAL_LOCAL") or ROOT / ".local")

env = environ.Env()


def load_local() -> None:
    """Take what `make run` wrote down (addresses of the embedded servers) where the environment says nothing else."""
    written = LOCAL / "env"
    if written.exists():
        environ.Env.read_env(str(written), overwrite=False)


def text(name: str, default: str | None = None) -> str:
    """The value of `name`. Raises ImproperlyConfigured when it is missing and has no default."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. The README lists every variable under “Run it for real”.")
    return value


def number(name: str, default: int) -> int:
    """The whole number in `name`. Raises ImproperlyConfigured on anything else."""
    value = os.environ.get(name)
    if not value:
        return default
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def flag(name: str, default: bool) -> bool:
    """The yes or no in `name` (1/0, true/false, yes/no). Raises ImproperlyConfigured on anything else."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def words(name: str, default: str = "") -> list[str]:
    """The comma-separated words in `name`."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def url(name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
    """The URL in `name`, one of `schemes`. Raises ImproperlyConfigured on anything else but a default of ""."""
    value = text(name, default)
    if value == default == "":
        return value
    if urlsplit(value).scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must start with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
    return value


def redis_url(name: str, base: str, database: int) -> str:
    """The Redis URL in `name`, or database number `database` of the server at `base`."""
    given = os.environ.get(name)
    if given:
        return url(name, ("redis", "rediss", "unix"))
    parts = urlsplit(base)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={database}"
    return f"{parts.scheme}://{parts.netloc}/{database}"
