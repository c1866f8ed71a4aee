"""The Celery application: one broker, JSON only, late acknowledgement, bounded redelivery."""

from __future__ import annotations

from typing import Any

from celery import Celery
from django.conf import settings

from infra.jobs.queues import QUEUES

TICK_SECONDS = 5


def _configuration() -> dict[str, Any]:
    return {
        "broker_url": settings.REDIS_BROKER_URL,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_connection_timeout": 2,
        "broker_transport_options": {
            "visibility_timeout": settings.JOBS_VISIBILITY_SECONDS,
            "unacked_restore_interval": min(10, settings.JOBS_VISIBILITY_SECONDS),
            "unacked_restore_throttle": 1,
            "unacked_restore_limit": 500,
            "global_keyprefix": "celery:",
            "socket_connect_timeout": 2,
            "socket_timeout": 30,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        # What a task leaves behind is a row in its portal, never a result in the broker.
        "task_ignore_result": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_default_queue": "default",
        "task_create_missing_queues": False,
        "task_queues": {name: {} for name in QUEUES},
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # A task that kills its process is tried again a few times, then fails, and does not go round for ever.
        "task_retry_on_worker_lost": True,
        "task_publish_retry_policy": {"max_retries": 2, "interval_start": 0.1, "interval_step": 0.2},
        "task_soft_time_limit": QUEUES["default"].soft_limit,
        "task_time_limit": QUEUES["default"].hard_limit,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 2000,
        "worker_hijack_root_logger": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_soft_shutdown_timeout": 20.0,
        "beat_schedule": {
            "tick": {
                "task": "jobs.tick",
                "schedule": TICK_SECONDS,
                "options": {"expires": 4 * TICK_SECONDS, "queue": "quick"},
            }
        },
        # Which slots ran is kept in Redis (schedule.py), so beat itself has nothing to remember.
        "beat_scheduler": "celery.beat:Scheduler",
        "beat_max_loop_interval": TICK_SECONDS,
    }


app = Celery("portal", task_cls="infra.jobs.tasks:PortalTask", set_as_current=True)
app.add_defaults(_configuration)
