"""What Prometheus may scrape. Labels never carry a portal: their number must not grow with the number of companies."""

import os
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUEST_SECONDS = Histogram(
    "portal_request_seconds", "Time to answer a request", ("method", "route", "status"), buckets=BUCKETS
)
JOB_SECONDS = Histogram("portal_job_seconds", "Time a job ran", ("job", "outcome"), buckets=(*BUCKETS, 30, 60, 300))

Reading = tuple[dict[str, str], float]


class _Gauges(Collector):
    """Values read at the moment of the scrape; a source that is down is left out, the rest is still answered."""

    def __init__(self) -> None:
        self.sources: dict[str, tuple[str, Callable[[], Iterable[Reading]]]] = {}

    def collect(self) -> Iterator[Metric]:
        for name, (description, read) in self.sources.items():
            try:
                readings = list(read())
            except Exception:  # noqa: S112 - /readyz names the dependency; here one gap must not hide the rest
                continue
            labels = list(readings[0][0]) if readings else []
            family = GaugeMetricFamily(name, description, labels=labels)
            for reading_labels, value in readings:
                family.add_metric(list(reading_labels.values()), value)
            yield family


_gauges = _Gauges()


def gauge(name: str, description: str, read: Callable[[], Iterable[Reading]]) -> None:
    """Let `read` answer metric `name` at every scrape, as pairs of labels (the same keys each time) and value."""
    _gauges.sources[name] = (description, read)


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    REQUEST_SECONDS.labels(method if method in METHODS else "other", route, f"{status // 100}xx").observe(seconds)


def exposition() -> bytes:
    """The text format, over all processes of this machine where `PROMETHEUS_MULTIPROC_DIR` is set."""
    registry = CollectorRegistry()
    registry.register(_gauges)
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # untyped library
        return generate_latest(registry)
    return generate_latest(REGISTRY) + generate_latest(registry)
