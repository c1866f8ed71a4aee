"""Which portals have deliveries to make."""

from infra.jobs.waking import TaskMarks

MARKS = TaskMarks("outbox", task="outbox.deliver")
