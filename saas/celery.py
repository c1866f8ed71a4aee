"""The worker's and beat's entry: `celery -A saas.celery worker` and `celery -A saas.celery beat`."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saas.settings.dev")

import django

from infra.jobs.app import app

django.setup()
app.autodiscover_tasks()
app.autodiscover_tasks(related_name="jobs")

__all__ = ["app"]
