"""Asking for a task by its name: tasks know the verbs they call, a verb that sends one knows only what it is called."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from django.apps import apps

from infra.jobs.app import app
from infra.jobs.tasks import QueuedTask
from infra.kit.errors import UnknownName


def named(name: str) -> QueuedTask[..., Any]:
    """The task declared as `<app label>.<verb>`; its app's `jobs` are loaded when they are first asked for.

    Raises UnknownName. A test asks for every name that stands in the code.
    """
    if name not in app.tasks:
        label = name.partition(".")[0]
        jobs = f"{apps.get_app_config(label).name}.jobs" if label in apps.app_configs else ""
        if jobs and find_spec(jobs):
            import_module(jobs)
    if name not in app.tasks:
        raise UnknownName(f"there is no task {name!r}")
    return cast("QueuedTask[..., Any]", app.tasks[name])
