"""Settings common to every way of running. Values come from the environment through `env`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF

from infra.ops.logs import logging_settings
from saas.settings import env
from saas.settings.apps import OTHER_APPS, PORTAL_APPS, SHARED_APPS

ROOT = env.ROOT
LOCAL = env.LOCAL

# -- the service ---------------------------------------------------------------------------------------------------

BASE_DOMAIN = env.text("BASE_DOMAIN", "portal.localhost")
SITES_DOMAIN = env.text("SITES_DOMAIN", "pages.localhost")
PUBLIC_SCHEME = env.text("PUBLIC_SCHEME", "https")
PUBLIC_PORT = env.text("PUBLIC_PORT", "")
LIVE_URL_PORT = env.number("LIVE_URL_PORT", 0)
TRUSTED_PROXY_HOPS = env.number("TRUSTED_PROXY_HOPS", 0)
# Networks beside the public internet that webhooks may reach (CIDR, apart by commas): an intranet of one's own.
OUTBOUND_ALLOWED_NETWORKS = env.words("OUTBOUND_ALLOWED_NETWORKS")
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
SUPPORT_EMAIL = env.text("SUPPORT_EMAIL", "support@" + BASE_DOMAIN)

SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = False
ALLOWED_HOSTS = ["*"]  # HostMiddleware answers 404 to every host that is not ours or a portal's own

# -- applications --------------------------------------------------------------------------------------------------

INSTALLED_APPS = list(dict.fromkeys([*SHARED_APPS, *OTHER_APPS, *PORTAL_APPS]))
TENANT_APPS = PORTAL_APPS
TENANT_MODEL = "portals.Portal"
TENANT_DOMAIN_MODEL = "portals.Domain"
PUBLIC_SCHEMA_NAME = "public"
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOT_URLCONF = "saas.urls_portal"
PUBLIC_SCHEMA_URLCONF = "saas.urls_public"
SITES_URLCONF = "saas.urls_sites"
WSGI_APPLICATION = "saas.wsgi.application"
ASGI_APPLICATION = "saas.asgi.application"
APPEND_SLASH = True

MIDDLEWARE = [
    "infra.ops.middleware.RequestMiddleware",
    "saas.middleware.HostMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "saas.middleware.PublicHostMiddleware",  # nothing below is for published sites
    "saas.middleware.DoorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "infra.ui.middleware.PersonLocaleMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "infra.ui.middleware.RefusalMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "saas.operator.support_session.SupportMiddleware",
    "tenants.people.sign_in.middleware.PeopleMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "infra.ui.context.shell",
            ],
        },
    }
]
COTTON_DIR = "cotton"

# -- data ----------------------------------------------------------------------------------------------------------

DATABASE_URL = env.url("DATABASE_URL", ("postgres", "postgresql"))
DATABASE_OWNER_URL = env.url("DATABASE_OWNER_URL", ("postgres", "postgresql"), DATABASE_URL)
DB_APP_ROLE = environ.Env.db_url_config(DATABASE_URL)["USER"]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **environ.Env.db_url_config(DATABASE_URL),
        "ENGINE": "infra.db.backend",
        "CONN_MAX_AGE": 600,  # 0 costs 14 times as much; longer keeps too many portals' catalogues in memory
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {
            "prepare_threshold": None,  # prepared statements break when the search path switches
            "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s",
        },
    }
}
# Keys the hashes of e-mail addresses and retired names; unlike SECRET_KEY it can never be rotated.
PORTALS_HASH_KEY = env.text("PORTALS_HASH_KEY", SECRET_KEY)
PORTALS_WARM_POOL = env.number("PORTALS_WARM_POOL", 10)
PORTALS_RESOLVER = env.text("PORTALS_RESOLVER", "")  # DNS server for proofs of domains, "" = the system's
BACKUPS_EXPECTED = False  # whether /readyz warns of backups that are too old (infra/deploy/backup)
DATABASE_ROUTERS = ["infra.db.router.PortalRouter"]
TENANT_LIMIT_SET_CALLS = True
TENANT_SYNC_ROUTER = "infra.db.router.PortalRouter"

REDIS_URL = env.url("REDIS_URL", ("redis", "rediss", "unix"))
REDIS_BROKER_URL = env.redis_url("REDIS_BROKER_URL", REDIS_URL, 1)
DURABLE_SERVERS = True  # PostgreSQL and the broker must keep what they confirm, or nothing starts
REDIS_LIVE_URL = env.redis_url("REDIS_LIVE_URL", REDIS_URL, 2)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_FUNCTION": "infra.db.cache.key",
        "TIMEOUT": 300,
    }
}

# A task's message that nobody acknowledged comes back after this long; more than any task may run (promise 40).
JOBS_VISIBILITY_SECONDS = env.number("JOBS_VISIBILITY_SECONDS", 3600)

STORAGE_ROOT = env.text("STORAGE_ROOT", str(LOCAL / "files"))
S3_ENDPOINT_URL = env.text("S3_ENDPOINT_URL", "")
S3_BUCKET = env.text("S3_BUCKET", "")
S3_ACCESS_KEY = env.text("S3_ACCESS_KEY", "")
S3_SECRET_KEY = env.text("S3_SECRET_KEY", "")
S3_REGION = env.text("S3_REGION", "us-east-1")

EMAIL_URL = env.url("EMAIL_URL", ("smtp", "smtp+tls", "smtp+ssl"))
MAIL_CATCHER_URL = env.text("MAIL_CATCHER_URL", "")
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Portal <no-reply@" + BASE_DOMAIN + ">")

# Stripe: no key, no payments by card (plans are then set by the operator). A base address other than Stripe's own is
# the stand-in of a local run. Several webhook secrets count while one is being exchanged for the next.
STRIPE_API_KEY = env.text("STRIPE_API_KEY", "")
STRIPE_API_BASE = env.url("STRIPE_API_BASE", ("http", "https"), "")
STRIPE_WEBHOOK_SECRETS = env.words("STRIPE_WEBHOOK_SECRETS")

# Public forms within ten minutes: above these a submission is put aside as suspected spam; a flood is refused
# (modules/sites/domain/spam.py).
FORM_LIMITS = {"proven_per_ip": 30, "plain_per_ip": 3, "plain_per_form": 100, "flood_per_ip": 300}

# The telephone switch: its tokens (none: there is no switch), the networks it speaks from, and whether instead the
# proxy in front verifies its client certificate (X-Client-Verify).
SWITCH_TOKENS = env.words("SWITCH_TOKENS")
SWITCH_NETWORKS = env.words("SWITCH_NETWORKS") or ["127.0.0.0/8", "::1/128"]
SWITCH_CERTIFICATES = env.text("SWITCH_CERTIFICATES", "") == "verified"

# -- people and sessions -------------------------------------------------------------------------------------------

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = [
    "tenants.people.sign_in.backend.PortalBackend",
    "saas.operator.support_session.SupportBackend",  # opened by an owner's leave alone
]
ACCOUNT_ADAPTER = "tenants.people.sign_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "add_email": "tenants.people.sign_in.forms.NewEmailForm",
    "login": "tenants.people.sign_in.forms.LoginForm",
    "reset_password": "tenants.people.sign_in.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"  # the letter does not stand in the way
ACCOUNT_EMAIL_CONFIRMATION_HMAC = False  # keys are rows of the portal's schema: dead on every other portal (promise 6)
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "tenants.people.sign_in.tokens.PortalTokenGenerator"  # noqa: S105 - a path
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",
    "reset_password": "10/m/ip,3/m/key",
    "reset_password_from_key": "20/m/ip",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "confirm_email": "1/3m/key",
}
MFA_ADAPTER = "tenants.people.sign_in.mfa_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # nobody signs up with a stranger's address: people are invited or own the portal
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PUBLIC_SCHEME == "http"
PASSWORD_RESET_TIMEOUT = int(timedelta(hours=4).total_seconds())
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"

# Host-only cookies everywhere; with TLS they carry the prefix that browsers enforce (promise 10).
SECURE_COOKIES = PUBLIC_SCHEME == "https"
_PREFIX = "__Host-" if SECURE_COOKIES else ""
SESSION_COOKIE_NAME = _PREFIX + "session"
SESSION_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(days=30).total_seconds())
CSRF_COOKIE_NAME = _PREFIX + "csrf"
CSRF_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_NAME = _PREFIX + "language"
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
CSRF_FAILURE_VIEW = "infra.ui.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if TRUSTED_PROXY_HOPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CLIENT_PAGES_A_MINUTE = 120  # what one address may open of papers that were sent to clients by a link

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# -- languages and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [  # each named in itself
    ("en", "English"),
    ("ru", "Русский"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("fr", "Français"),
    ("vi", "Tiếng Việt"),
]
LANGUAGES_OFFERED = ["en", "ru"]  # only complete ones; tests/architecture/test_translations.py holds them to it
LOCALE_PATHS = [str(ROOT / "infra/kit/locale"), str(ROOT / "infra/adapters/locale")]  # texts of code that is no app
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# -- logs ----------------------------------------------------------------------------------------------------------

LOGGING = logging_settings(env.text("LOG_LEVEL", "INFO"))

# -- static files --------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = str(LOCAL / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},  # files go through infra.adapters.storage
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# -- API -----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Portal API",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "CustomFieldType": "modules.crm.domain.fields.Type",
        "ActivityKindName": "modules.crm.rest.serializers.TO_DO_KINDS",
        "Currency": "modules.crm.models.Currency",
        "ClientType": "modules.crm.models.ClientType",
        "ObjectIcon": "modules.crm.domain.item_type.ICONS",
        "QuoteStatus": "modules.crm.models.choices.QuoteStatus",
        "Source": "modules.crm.models.choices.Source",
        "SiteFont": "modules.sites.domain.theme.FONTS",
        "StageKind": "modules.crm.models.Stage.Kind",
    },
}
