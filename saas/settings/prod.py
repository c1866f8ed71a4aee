"""Production: nothing has a default that would be unsafe; Django's deploy check passes."""

from django.core.exceptions import ImproperlyConfigured

from saas.settings import env
from saas.settings.base import *  # noqa: F403
from saas.settings.base import (
    BASE_DOMAIN,
    DATABASE_OWNER_URL,
    DATABASE_URL,
    METRICS_TOKEN,
    PORTALS_HASH_KEY,
    PUBLIC_SCHEME,
    REDIS_BROKER_URL,
    REDIS_URL,
    S3_BUCKET,
    SECRET_KEY,
    SITES_DOMAIN,
)

if PUBLIC_SCHEME != "https":
    raise ImproperlyConfigured("PUBLIC_SCHEME must be https in production.")
if len(SECRET_KEY) < 50 or SECRET_KEY.startswith("development-only"):
    raise ImproperlyConfigured("SECRET_KEY must have at least 50 random characters in production.")
if len(PORTALS_HASH_KEY) < 32 or PORTALS_HASH_KEY == SECRET_KEY:
    raise ImproperlyConfigured(
        "PORTALS_HASH_KEY must be another secret than SECRET_KEY, of at least 32 characters: it may never be rotated."
    )
if DATABASE_OWNER_URL == DATABASE_URL:
    raise ImproperlyConfigured(
        "DATABASE_OWNER_URL must be another role than DATABASE_URL: the web's role may not change the audit log."
    )
if REDIS_BROKER_URL.split("?")[0].rsplit("/", 1)[0] == REDIS_URL.split("?")[0].rsplit("/", 1)[0]:
    raise ImproperlyConfigured(
        "REDIS_BROKER_URL must be another server than REDIS_URL: jobs must never make room for cached values."
    )
if BASE_DOMAIN.endswith("localhost") or SITES_DOMAIN.endswith("localhost"):
    raise ImproperlyConfigured("BASE_DOMAIN and SITES_DOMAIN must be real domains in production.")
if SITES_DOMAIN == BASE_DOMAIN or SITES_DOMAIN.endswith("." + BASE_DOMAIN) or BASE_DOMAIN.endswith("." + SITES_DOMAIN):
    raise ImproperlyConfigured(
        "SITES_DOMAIN must be apart from BASE_DOMAIN: visitors' pages may not share its cookies."
    )
if not METRICS_TOKEN:
    raise ImproperlyConfigured("METRICS_TOKEN is not set: without it /metrics would be open or useless.")
if not S3_BUCKET and not env.flag("SINGLE_MACHINE", False):
    raise ImproperlyConfigured(
        "S3_BUCKET is not set. With one machine only, SINGLE_MACHINE=true keeps files in STORAGE_ROOT."
    )

BACKUPS_EXPECTED = env.flag("BACKUPS_EXPECTED", True)
SECURE_SSL_REDIRECT = env.flag(
    "SECURE_SSL_REDIRECT", False
)  # the proxy in front redirects; behind it every hop is plain
SILENCED_SYSTEM_CHECKS = [] if SECURE_SSL_REDIRECT else ["security.W008"]
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
