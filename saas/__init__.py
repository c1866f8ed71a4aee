"""The service: settings, entries of its processes, and what no floor below may know."""

import gc

# A page, a start or a migration makes objects by the ten thousand, hardly ever in rings: looking for rings after every
# 700 of them, as Python does by itself, takes a seventh of a start's time.
gc.set_threshold(10_000, 20, 20)
