"""The base of all tasks: a portal's task knows its portal from the message's header, or does not run (promise 7)."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast
from uuid import uuid4

import structlog
from celery import Task, current_task
from celery.result import AsyncResult
from django.db import connection, transaction

from infra.db.current import current_portal, enter
from infra.jobs import window
from infra.jobs.queues import QUEUES
from infra.kit.errors import NoPortal

P = ParamSpec("P")
R = TypeVar("R")
HEADER = "portal"
_PUBLIC = "public"
_log = structlog.get_logger(__name__)


def _schema_here() -> str | None:
    """The portal entered now; after a task's body (links, chords) the portal of the task that is running."""
    schema = cast("str | None", getattr(connection, "schema_name", None))
    if schema and schema != _PUBLIC:
        return schema
    request = getattr(current_task, "request", None)
    return cast("str | None", request.get(HEADER)) if request is not None and request.id else None


class QueuedTask(Task[P, R]):
    """What tasks of portals and of the service have in common: acknowledged late, redelivered a bounded number of
    times, sent after the commit."""

    abstract = True
    acks_late = True
    reject_on_worker_lost = True
    retry_on_worker_lost = True
    max_retries = 3
    default_retry_delay = 1
    lane = "default"

    def enqueue(self, *args: Any, **kwargs: Any) -> None:
        """Send after the transaction commits (at once outside one).

        A broker that is down does not undo the commit: the error is logged. Work that must not be lost goes through
        the outbox or a Job, or is found again by a schedule, all of which need no broker.
        """
        headers = self.headers_here()
        transaction.on_commit(lambda: self._send(args, kwargs, headers))

    def headers_here(self) -> dict[str, str]:
        """What the message says of where it was sent."""
        return {}

    def _send(self, args: Any, kwargs: Any, headers: dict[str, str]) -> None:
        try:
            self.apply_async(args, kwargs, headers=headers)
        except NoPortal:
            raise
        except Exception:
            _log.exception("jobs.broker_unreachable", task=self.name, **headers)


class PortalTask(QueuedTask[P, R]):
    """A task of one portal: enters the schema named by the message's header, refuses to run without one."""

    abstract = True

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        schema = self.request.get(HEADER)
        if not schema or schema == _PUBLIC:
            raise NoPortal(f"the message of {self.name} names no portal")
        with (
            enter(schema),
            structlog.contextvars.bound_contextvars(portal=schema, task=self.name, task_id=self.request.id),
        ):
            if current_portal().status == "erased":
                raise NoPortal(f"{self.name} is for {schema}, which is erased")
            return super().__call__(*args, **kwargs)

    def apply_async(
        self,
        args: Any = None,
        kwargs: Any = None,
        task_id: str | None = None,
        producer: Any = None,
        link: Any = None,
        link_error: Any = None,
        shadow: str | None = None,
        **options: Any,
    ) -> AsyncResult[Any]:
        """Send the message with the portal's header, at once or, where the portal's window is full, later.

        Raises NoPortal outside any portal, and where a header names another portal than the one entered.
        """
        headers = dict(options.pop("headers", None) or {})
        given, here = headers.get(HEADER), _schema_here()
        if given and here and given != here:
            raise NoPortal(f"{self.name} for {given} was sent from {here}")
        schema = given or here
        if not schema:
            raise NoPortal(f"{self.name} was sent outside any portal")
        headers[HEADER] = schema
        queue = options.setdefault("queue", self.lane)
        name = getattr(queue, "name", queue)
        task_id = task_id or str(uuid4())
        direct = (
            options.pop("admitted", False) or options.get("countdown") or options.get("eta") or options.get("retries")
        )
        if not direct:
            message = {
                "task": self.name,
                "args": list(args or ()),
                "kwargs": dict(kwargs or {}),
                "task_id": task_id,
                "options": {**options, "queue": name, "headers": headers, "link": link, "link_error": link_error},
            }
            if not window.admit(name, schema, task_id, message):
                return cast("AsyncResult[Any]", self.AsyncResult(task_id))
        options.setdefault("soft_time_limit", QUEUES[name].soft_limit)
        options.setdefault("time_limit", QUEUES[name].hard_limit)
        return super().apply_async(
            args, kwargs, task_id=task_id, producer=producer, link=link, link_error=link_error, shadow=shadow,
            headers=headers, **options,
        )  # fmt: skip

    def after_return(self, status: str, retval: Any, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        """The task ended: its place in the portal's window goes to the next parked message."""
        schema = self.request.get(HEADER)
        queue = (self.request.delivery_info or {}).get("routing_key") or self.lane
        if schema and queue in QUEUES:
            send_parked(queue, schema, finished=task_id)

    def headers_here(self) -> dict[str, str]:
        """The portal that is entered now. Raises NoPortal outside any."""
        schema = _schema_here()
        if not schema:
            raise NoPortal(f"{self.name} was sent outside any portal")
        return {HEADER: schema}


class JobTask(PortalTask[P, R]):
    """A task that runs a Job: takes the job's id, gives the function a JobRun and the job's arguments."""

    abstract = True
    lane = "long"


class ServiceTask(QueuedTask[P, R]):
    """A task of the service itself: runs in no portal, and refuses a message that names one."""

    abstract = True
    lane = "quick"

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.request.get(HEADER):
            raise NoPortal(f"{self.name} belongs to no portal, yet its message names {self.request.get(HEADER)}")
        return super().__call__(*args, **kwargs)

    def apply_async(self, args: Any = None, kwargs: Any = None, *rest: Any, **options: Any) -> AsyncResult[Any]:
        queue = options.setdefault("queue", self.lane)
        name = getattr(queue, "name", queue)
        options.setdefault("soft_time_limit", QUEUES[name].soft_limit)
        options.setdefault("time_limit", QUEUES[name].hard_limit)
        return super().apply_async(args, kwargs, *rest, **options)


def send_parked(queue: str, schema: str, finished: str = "") -> int:
    """Send the parked messages for which there is a place now; answers how many."""
    from infra.jobs.app import app

    messages = window.release(queue, schema, finished)
    for message in messages:
        cast("PortalTask[..., Any]", app.tasks[message["task"]]).apply_async(
            message["args"], message["kwargs"], task_id=message["task_id"], admitted=True, **message["options"]
        )
        window.moved(queue, schema, message["task_id"])
    return len(messages)


def _declare(base: type[Task[Any, Any]], name: str, queue: str, options: dict[str, Any]) -> Callable[[Any], Any]:
    from infra.jobs.app import app

    if queue not in QUEUES:
        raise ValueError(f"{name}: unknown queue {queue!r}, choose from {sorted(QUEUES)}")
    return cast("Callable[[Any], Any]", app.task(base=base, name=name, lane=queue, **options))


def portal_task(*, name: str, queue: str = "default", **options: Any) -> Callable[[Callable[P, R]], PortalTask[P, R]]:
    """Declare a task of a portal, `<slug>.<verb>`. It takes ids and JSON values, and must survive being run twice."""
    return cast("Callable[[Callable[P, R]], PortalTask[P, R]]", _declare(PortalTask, name, queue, options))


def service_task(*, name: str, queue: str = "quick", **options: Any) -> Callable[[Callable[P, R]], ServiceTask[P, R]]:
    """Declare a task of the service itself, which touches shared tables only."""
    return cast("Callable[[Callable[P, R]], ServiceTask[P, R]]", _declare(ServiceTask, name, queue, options))


def job_task(*, name: str, resumable: bool = False) -> Callable[[Callable[..., Any]], JobTask[[int], None]]:
    """Declare long work: `def f(run: JobRun, *args) -> str | None`; start it with `infra.jobs.start`.

    The answer is the address of the result's page. A `resumable` one is run again, up to three times, after its
    worker was lost, and goes on from `run.checkpoint`; another one then fails, and says so.
    """

    def decorate(function: Callable[..., Any]) -> JobTask[[int], None]:
        @functools.wraps(function)
        def body(job_id: int) -> None:
            from infra.jobs.domain.running import run

            run(job_id, function, resumable=resumable)

        del body.__wrapped__  # Celery checks arguments by the signature: one job id
        return cast("JobTask[[int], None]", _declare(JobTask, name, "long", {})(body))

    return decorate
