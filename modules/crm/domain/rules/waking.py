"""Which portals have rules to run."""

from infra.jobs.waking import TaskMarks

MARKS = TaskMarks("crm.rules", task="crm.run_rules")
