"""gunicorn: threads, because requests wait for the database; a process for each core (infra/docs/speed.md)."""

import contextlib
import errno
import gc
import logging
import os
import selectors
import socket
import sys
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker
from prometheus_client import Counter, multiprocess

from infra.deploy.fairness import REFUSAL, FairPool, Overloaded, host_in
from infra.ops.logs import logging_settings

REFUSED = Counter("portal_requests_refused", "Requests not taken in: too many of their portal were waiting")
HEAD = 65_536  # bytes of a request that are looked at to see whose it is


class Worker(ThreadWorker):
    """Threads that portals take in turn (promise 76); told to stop, they also answer who has connected but was not yet
    taken in: a deploy drops nobody."""

    def get_thread_pool(self) -> FairPool:
        return FairPool(self.cfg.threads)

    def accept(self, listener: Any) -> None:
        """Take a connection in, and wait with a thread until it says something: silent visitors hold none."""
        try:
            client_sock, client_addr = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, client_sock, client_addr, listener.getsockname())
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def enqueue_req(self, conn: Any) -> None:
        """Queue the request in its portal's lane, or refuse it where too many wait there."""
        try:
            head = conn.sock.recv(HEAD, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError:
            head = b""
        if host := host_in(head):
            conn.lane = self.wsgi.lane_of(host)
        try:
            future = self.tpool.submit(getattr(conn, "lane", ""), self.handle, conn)
        except Overloaded:
            self._refuse(conn)
        else:
            future.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def _refuse(self, conn: Any) -> None:
        """Say so and hang up, without a thread and without waiting for anybody."""
        self.nr_conns -= 1
        with contextlib.suppress(OSError):
            conn.sock.setblocking(False)
            conn.sock.recv(HEAD)  # what was sent is taken, or closing would discard the answer
            conn.sock.send(REFUSAL)
            conn.sock.shutdown(socket.SHUT_WR)
        conn.close()
        refused()

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


_told = 0.0


def refused() -> None:
    """Count a request that was not taken in, and say so in the log, once in ten seconds."""
    global _told
    REFUSED.inc()
    if time.monotonic() - _told > 10:
        _told = time.monotonic()
        logging.getLogger("portal.web").warning("web.overloaded")


def when_ready(server: Any) -> None:
    """Once, in the master, before any worker serves: every start-up check, the database's among them (promise 4)."""
    from django.core.management import call_command

    call_command("check", databases=["default"], fail_level="ERROR")
    keep_what_is_loaded()


def keep_what_is_loaded() -> None:
    """What is loaded stays for good: workers share it, and need not search it for garbage, up to a fifth of a request's
    CPU."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(700, 10, 10)  # Python's own: a web process is short of memory, a start is short of time


def post_worker_init(worker: Any) -> None:
    """Let threads change places often: who waits for a busy neighbour waits a millisecond, not five."""
    sys.setswitchinterval(0.001)


def child_exit(server: Any, worker: Any) -> None:
    """Let go of what a worker that ended was still counting."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # untyped library
