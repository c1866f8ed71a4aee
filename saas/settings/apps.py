"""The one list of modules. A new module is one folder and one line here."""

MODULES = [
    "modules.crm",
    "modules.sites",
]

# Rooms of the lower floors that declare themselves in the same way.
GROUND = [
    "infra.ui",
    "infra.outbox",
    "infra.audit",
    "infra.jobs",
    "infra.files",
    "infra.api",
    "infra.webhooks",
    "tenants.portals",
    "tenants.people",
    "billing",
    "billing.rating",
    "saas.signup",
    "saas.operator",
    "saas.flows",
]

SPECS = [*GROUND, *MODULES]

# Tables in the public schema, one copy for the service. None of ours stands in both lists (promise 3).
SHARED_APPS = [
    "django_tenants",
    "infra.wakeups",
    "tenants.portals",
    "billing",
    "billing.rating",
    "saas.signup",
    "saas.operator",
]

# Tables in every portal's schema.
PORTAL_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "tenants.people",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "infra.outbox",
    "infra.audit",
    "infra.jobs",
    "infra.api",
    "infra.webhooks",
    "infra.ui",
    *MODULES,
]

# No tables: code, templates, commands.
OTHER_APPS = [
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_cotton.apps.SimpleAppConfig",
    "rest_framework",
    "drf_spectacular",
    "django_filters",
    "csp",
    "infra.db",
    "infra.files",
    "infra.live",
    "infra.ops",
    "saas.site",
    "saas.flows",
    "saas",
]
