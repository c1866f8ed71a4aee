"""Settings of gunicorn for benches: what development alone installs or shows is not there, as in the image."""

import os
import sys

for module in os.environ["BENCH_WITHOUT"].split(","):
    sys.modules[module] = None  # type: ignore[assignment]  # importing it fails, as where it is not installed

from django.conf import settings  # noqa: E402

settings.UI_GALLERY = False
