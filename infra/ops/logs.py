"""Structured logs: one JSON object a line on stdout, with the portal, the request or job, and no secrets.

Django, Celery, gunicorn and our own `structlog.get_logger()` all end in the same handler.
"""

from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from infra.ops.redaction import redact_event


def _add_portal(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The schema this thread is in, unless the line names one itself."""
    if "portal" not in event:
        from django.apps import apps  # not before the settings are there: they import this module
        from django.db import connection

        schema = getattr(connection, "schema_name", "public") if apps.models_ready else "public"
        if schema != "public":
            event["portal"] = schema
    elif event["portal"] is None:
        del event["portal"]
    return event


def _drop_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Django hands the whole request over as `extra`: its headers, cookies and body stay out."""
    for key in ("request", "sql", "params", "alias"):
        event.pop(key, None)
    return event


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    _add_portal,
]


def configure() -> None:
    """Make `structlog.get_logger()` write through the standard library's handlers."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def logging_settings(level: str = "INFO") -> dict[str, Any]:
    """Django's `LOGGING`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": "structlog.stdlib.ProcessorFormatter",
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder(), _drop_request],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    redact_event,
                    structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
                ],
            }
        },
        "handlers": {
            "stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            "django": {"level": level, "propagate": True},
            "django.server": {"handlers": [], "propagate": False},
            "django.request": {"level": "ERROR"},  # 4xx are in the request line already
            "django.db.backends": {"level": "WARNING"},
            "celery": {"level": level},
            "gunicorn": {"level": level},
            "uvicorn.access": {"level": "WARNING"},
            "botocore": {"level": "WARNING"},
        },
    }
