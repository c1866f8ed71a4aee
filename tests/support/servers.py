"""The throwaway PostgreSQL and Redis of one pytest run, and the databases its workers use.

The process that is started first (pytest itself, or the controller of pytest-xdist) starts both servers and lets a
child build the template database while tests are collected. Every worker clones the template, and has Redis databases
and a storage folder of its own, so that workers never see each other.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from infra.local import APP, OWNER, SUPERUSER, LocalPostgres, LocalRedis

TEMPLATE = "portal_template"
FOLDER = "PORTAL_TEST_FOLDER"
SUPERUSER_URL = "PORTAL_TEST_SUPERUSER_URL"
REDIS = "PORTAL_TEST_REDIS"
REDIS_DATABASES_A_WORKER = 4


class TemplateFailed(Exception):
    """The template database could not be built; the message holds the builder's output."""


def worker_name() -> str:
    """ "main" without pytest-xdist, else "gw0", "gw1", …"""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def start() -> None:
    """Start both servers (once a run, by its first process) and point this process at its own share of them."""
    if FOLDER not in os.environ:
        _start_servers()
    name = worker_name()
    offset = 0 if name == "main" else (int(name.removeprefix("gw")) + 1) * REDIS_DATABASES_A_WORKER
    redis = os.environ[REDIS].rsplit("/", 1)[0]
    local = folder() / "local" / name
    (local / "static").mkdir(parents=True, exist_ok=True)
    os.environ.update(
        PORTAL_LOCAL=str(local),
        DATABASE_URL=database_url(APP, f"portal_{name}"),
        DATABASE_OWNER_URL=database_url(OWNER, f"portal_{name}"),
        REDIS_URL=f"{redis}/{offset}",
        REDIS_BROKER_URL=f"{redis}/{offset + 1}",
        REDIS_LIVE_URL=f"{redis}/{offset + 2}",
        STORAGE_ROOT=str(folder() / "files" / name),
    )


def folder() -> Path:
    return Path(os.environ[FOLDER])


def build_template() -> None:
    """Let a child migrate and fill the template database; returns at once."""
    environment = os.environ | {
        "DATABASE_URL": database_url(APP, TEMPLATE),
        "DATABASE_OWNER_URL": database_url(OWNER, TEMPLATE),
        "STORAGE_ROOT": str(folder() / "files" / "template"),
    }
    _execute_as_superuser(
        sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(TEMPLATE), sql.Identifier(OWNER))
    )
    output = (folder() / "template.log").open("wb")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.support.template", str(folder())], env=environment, stdout=output, stderr=output
    )
    atexit.register(child.kill)


def clone_template(patience: float = 600) -> None:
    """Make this worker's database once the template is there.

    Raises:
        TemplateFailed: with the builder's output.
    """
    deadline = time.monotonic() + patience
    while not (folder() / "template.done").exists():
        if (folder() / "template.failed").exists() or time.monotonic() > deadline:
            raise TemplateFailed((folder() / "template.log").read_text())
        time.sleep(0.05)
    files = folder() / "files"
    if (files / "template").exists():
        shutil.copytree(files / "template", files / worker_name(), dirs_exist_ok=True)
    _execute_as_superuser(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(f"portal_{worker_name()}"), sql.Identifier(OWNER), sql.Identifier(TEMPLATE)
        )
    )


def _start_servers() -> None:
    path = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    postgres = LocalPostgres(path / "postgres", durable=False)
    redis = LocalRedis(path / "redis")

    def stop() -> None:
        postgres.stop()
        redis.stop()
        shutil.rmtree(path, ignore_errors=True)

    atexit.register(stop)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    postgres.start()
    redis.start()
    os.environ.update(
        {FOLDER: str(path), SUPERUSER_URL: postgres.url(SUPERUSER, "postgres"), REDIS: redis.url()},
    )


def database_url(role: str, database: str) -> str:
    """How `role` reaches `database` of this run's PostgreSQL; "portal" is an empty one."""
    superuser = os.environ[SUPERUSER_URL]
    return superuser.replace(f"//{SUPERUSER}:", f"//{role}:").rsplit("/", 1)[0] + f"/{database}"


def _execute_as_superuser(statement: sql.Composed) -> None:
    with psycopg.connect(os.environ[SUPERUSER_URL], autocommit=True) as connection:
        connection.execute(statement)
