"""Settings of gunicorn for benches, as in the image: the master loads everything and workers share it, and what
development alone installs or shows is not there."""

import os
import sys

for module in os.environ["BENCH_WITHOUT"].split(","):
    sys.modules[module] = None  # type: ignore[assignment]  # importing it fails, as where it is not installed

from django.conf import settings  # noqa: E402

settings.UI_GALLERY = False

from infra.deploy.gunicorn import keep_what_is_loaded, post_worker_init, preload_app  # noqa: E402, F401


def when_ready(server: object) -> None:
    """As in the image, but for its checks: the house of the tests is not one that is served."""
    keep_what_is_loaded()
