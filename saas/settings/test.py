"""The test suite: tests/support gives the servers' addresses; hashing is cheap, the rest is as in production."""

import os

os.environ.setdefault("DATABASE_URL", "postgres://portal_app@127.0.0.1:1/portal")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1")
os.environ.setdefault("SECRET_KEY", "test-only-" + "0123456789abcdef" * 4)
os.environ.setdefault("PUBLIC_SCHEME", "http")
os.environ.setdefault("METRICS_TOKEN", "test-metrics-token")

from saas.settings.base import *  # noqa: F403  (the defaults above must stand before base reads them)

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

DURABLE_SERVERS = False  # nothing of a test outlives the machine
API_RATE_LIMITED = False  # tests of the limits switch them on; the others ask faster than any plan allows
UI_GALLERY = True  # /kit/ shows every part of the interface
