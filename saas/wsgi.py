"""The web process: `gunicorn saas.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings.prod")

_django = get_wsgi_application()

from modules.sites.serving import PublishedSites  # noqa: E402  (models can be imported from here on)
from tenants.portals.hosts import lane_of  # noqa: E402

# Published pages are answered before Django: no session, no schema, no middleware.
application = PublishedSites(_django)
application.lane_of = lane_of  # type: ignore[attr-defined]  # whose turn a request takes: infra/deploy/gunicorn.py
