"""Real workers for the tests beside this file."""

from tests.infra.workers import empty_broker, start_worker

__all__ = ["empty_broker", "start_worker"]
