"""Which portals have messages to send."""

from infra.jobs.waking import TaskMarks

MARKS = TaskMarks("webhooks", task="webhooks.send", lease=60)
