"""The web process: `gunicorn saas.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings.prod")

_django = get_wsgi_application()

from modules.sites.serving import PublishedSites  # noqa: E402  (models can be imported from here on)

# Published pages are answered before Django: no session, no schema, no middleware.
application = PublishedSites(_django)
