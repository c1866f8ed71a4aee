"""For `manage.py rate_calls`: the rating engine on files, without database, Redis, secrets or the rest of the house."""

INSTALLED_APPS = ["billing.rating.apps.EngineConfig"]
USE_I18N = False
