"""Settings of gunicorn for benches: what development alone installs is not there, as in the image."""

import os
import sys

for module in os.environ["BENCH_WITHOUT"].split(","):
    sys.modules[module] = None  # type: ignore[assignment]  # importing it fails, as where it is not installed
