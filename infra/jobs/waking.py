"""Marks that call a task: the portal's task is told after the commit, and by the tick where that word was lost."""

from __future__ import annotations

import structlog
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError
from redis import RedisError

from infra.db.current import enter, portal_schema
from infra.jobs.broker import claim, free
from infra.jobs.named import named
from infra.wakeups.marks import Marks

_log = structlog.get_logger(__name__)
_ASKED_SECONDS = 5


class TaskMarks(Marks):
    """The marks of a room whose portal task `task` goes over what is due. It starts with `taken_up`, reads `seen`,
    and ends with `settle`. `lease`: for how many seconds what the tick sent may still be on its way."""

    def __init__(self, room: str, *, task: str, lease: int = 30) -> None:
        super().__init__(room)
        self._task, self._lease = task, lease

    def call(self) -> None:
        """Something is due now in the portal that is entered: a mark in the transaction, a message after its commit."""
        schema = portal_schema()
        self.leave()
        transaction.on_commit(lambda: self._tell(schema))

    def _tell(self, schema: str) -> None:
        """One message is enough for any number of changes until a worker takes it up; without the broker the mark
        tells it again."""
        try:
            if claim(self._asked(schema), _ASKED_SECONDS):
                self._send(schema)
        except (RedisError, KombuError, OperationalError, OSError) as error:
            _log.warning("jobs.wake_lost", room=self.room, portal=schema, error=str(error))

    def send_due(self) -> None:
        """The tick: send the task to every portal with a mark that is due."""
        for schema in self.due():
            if claim(self._sent(schema), self._lease):
                self._send(schema)

    def taken_up(self) -> None:
        """A worker starts on the portal that is entered: what changes from now on asks again."""
        free(self._asked(portal_schema()), self._sent(portal_schema()))

    def _send(self, schema: str) -> None:
        with enter(schema):
            named(self._task).apply_async()

    def _asked(self, schema: str) -> str:
        return f"{self.room}:asked:{schema}"

    def _sent(self, schema: str) -> str:
        return f"{self.room}:sent:{schema}"
