"""gunicorn: threads, because requests wait for the database; a process for each core (infra/docs/speed.md)."""

import gc
import os
from typing import Any

from gunicorn.workers.gthread import ThreadWorker
from prometheus_client import multiprocess

from infra.ops.logs import logging_settings


class Worker(ThreadWorker):  # type: ignore[misc]
    """Threads that, told to stop, also answer who has connected but was not yet taken in: a deploy drops nobody."""

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if self.alive:
            return
        for listener in self.sockets:
            taken = -1
            while taken != self.nr_conns:
                taken = self.nr_conns
                self.accept(listener)
            listener.close()  # from here on a caller is refused at once, and may ask elsewhere


bind = f"{os.environ.get('BIND', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = Worker
workers = int(os.environ.get("WEB_WORKERS") or os.cpu_count() or 1)
threads = 4
timeout = 60
graceful_timeout = 25
keepalive = 5
# A backend keeps memory for every table it touched (speed.md): workers, and with them connections, are renewed.
max_requests = 50_000
max_requests_jitter = 5_000
limit_request_line = 8190
preload_app = True
control_socket_disable = True
logconfig_dict = logging_settings(os.environ.get("LOG_LEVEL", "INFO"))


def when_ready(server: Any) -> None:
    """Once, in the master, before any worker serves: every start-up check, the database's among them (promise 4)."""
    from django.core.management import call_command

    call_command("check", databases=["default"], fail_level="ERROR")
    # What is loaded stays for good: workers need not search it for garbage, up to a fifth of a request's CPU.
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    """Let go of what a worker that ended was still counting."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
