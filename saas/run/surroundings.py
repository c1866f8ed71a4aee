"""The servers and settings a local run gives its processes."""

import os
import shutil
import sys
from pathlib import Path

from infra.local import APP, OWNER, LocalFolder, LocalPostgres, LocalRedis
from infra.local.payments import names as payments
from saas.run.supervisor import Program, Supervisor

BIN = Path(sys.executable).parent


def start_servers(folder: LocalFolder, supervisor: Supervisor) -> dict[str, str]:
    """Start PostgreSQL and Redis unless the environment names real ones; answers the addresses to use.

    The broker is a Redis of its own: what it holds must never make room for cached values (promise 42).
    """
    addresses = {"PORT": os.environ.get("PORT") or str(folder.port("web", 8000))}
    if "DATABASE_URL" not in os.environ:
        postgres = LocalPostgres(folder.part("postgres"), port=folder.port("postgres"))
        supervisor.add("database", postgres)
        addresses |= {"DATABASE_URL": postgres.url(APP), "DATABASE_OWNER_URL": postgres.url(OWNER)}
    if "REDIS_URL" not in os.environ:
        broker = LocalRedis(folder.part("broker"), port=folder.port("broker"))
        cache = LocalRedis(folder.part("cache"), port=folder.port("cache"), keep=False)
        supervisor.add("broker", broker)
        supervisor.add("cache", cache)
        addresses |= {
            "REDIS_URL": cache.url(0),
            "REDIS_BROKER_URL": broker.url(0),
            "REDIS_LIVE_URL": cache.url(1),
        }
    if "EMAIL_URL" not in os.environ:
        smtp, page = folder.port("smtp", 2525), folder.port("mail", 8025)
        command = [sys.executable, "-m", "infra.local.mail_catcher", f"--smtp={smtp}", f"--http={page}"]
        command.append(f"--folder={folder.part('mail')}")
        supervisor.add("mail", Program(command, os.environ, log_of(folder, "mail")))
        addresses |= {"EMAIL_URL": f"smtp://127.0.0.1:{smtp}", "MAIL_CATCHER_URL": f"http://127.0.0.1:{page}"}
    if "STRIPE_API_KEY" not in os.environ:
        addresses |= _start_payments(folder, supervisor, addresses["PORT"])
    return addresses


def _start_payments(folder: LocalFolder, supervisor: Supervisor, web: str) -> dict[str, str]:
    """The stand-in for Stripe; its webhooks go to the web process."""
    port = folder.port("payments", 4242)
    command = [sys.executable, "-m", "infra.local.payments", f"--http={port}"]
    command += [
        f"--file={folder.part('payments') / 'state.json'}",
        f"--host={os.environ.get('BASE_DOMAIN', 'portal.localhost')}:{web}",
    ]
    command += [f"--webhooks=http://127.0.0.1:{web}/stripe/webhook"]
    supervisor.add("payments", Program(command, os.environ, log_of(folder, "payments")))
    return {
        "STRIPE_API_KEY": payments.KEY,
        "STRIPE_API_BASE": f"http://127.0.0.1:{port}",
        "STRIPE_WEBHOOK_SECRETS": payments.SECRET,
    }


def environment(folder: LocalFolder, addresses: dict[str, str]) -> dict[str, str]:
    """The environment of every process; what the caller's own environment says goes before all of it.

    It is also written to `<folder>/env`, where `manage.py` finds it when it is called by hand.
    """
    metrics = folder.part("metrics")
    for leftover in metrics.iterdir():
        leftover.unlink()
    port = int(addresses["PORT"])
    chosen = {
        **addresses,
        "DJANGO_SETTINGS_MODULE": "saas.settings.dev",
        "PORTAL_LOCAL": str(folder.path),
        "PORT": str(port),
        "PUBLIC_PORT": f":{port}",
        "LIVE_URL_PORT": str(folder.port("live", port + 1)),
        "SECRET_KEY": folder.secret("secret_key"),
        "PORTALS_HASH_KEY": folder.secret("portals_hash_key"),
        "METRICS_TOKEN": folder.secret("metrics_token"),
        "SWITCH_TOKENS": folder.secret("switch_token"),
        "STORAGE_ROOT": str(folder.part("files")),
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
        "WEB_WORKERS": str(min(os.cpu_count() or 1, 4)),
    }
    chosen |= {name: os.environ[name] for name in chosen if name in os.environ}
    path = folder.path / "env"
    path.touch(mode=0o600)
    path.write_text("".join(f'{name}="{value}"\n' for name, value in sorted(chosen.items())))
    return {**os.environ, **chosen}


def start_programs(folder: LocalFolder, supervisor: Supervisor, values: dict[str, str]) -> None:
    """Web, live gateway, worker, and what makes it keep time.

    Beat is a process of its own: inside a worker it outlives one that was killed, and is not missed when it dies.
    """
    commands = {
        "web": [str(BIN / "gunicorn"), "--config", "infra/deploy/gunicorn.py", "saas.wsgi"],
        "live": [sys.executable, "manage.py", "live", "--port", values["LIVE_URL_PORT"]],
        "worker": [
            *(str(BIN / "celery"), "--app", "saas.celery", "worker", "--concurrency", "2"),
            *("--queues", "quick,default,long", "--loglevel", "INFO"),
        ],
        "beat": [str(BIN / "celery"), "--app", "saas.celery", "beat", "--loglevel", "INFO"],
    }
    for name, command in commands.items():
        supervisor.add(name, Program(command, values, log_of(folder, name)))


def log_of(folder: LocalFolder, name: str) -> Path:
    """The part's log; the one of the run before is kept beside it."""
    path = folder.part("logs") / f"{name}.log"
    if path.exists():
        shutil.move(path, path.with_suffix(".1.log"))
    return path
