"""Serve live updates."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand

from infra.live.gateway import MAX_MESSAGE


class Command(BaseCommand):
    """`manage.py live --port 8001`: WebSockets at /live; SIGTERM closes them with 1012, and browsers come back."""

    help = "Serve live updates (WebSockets at /live)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument("--workers", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        uvicorn.run(
            settings.ASGI_APPLICATION.replace(".application", ":application"),
            host=options["host"],
            port=options["port"],
            workers=options["workers"],
            ws="websockets-sansio",
            ws_max_size=MAX_MESSAGE,
            ws_per_message_deflate=False,  # costs 30 kB a socket; the frames are small
            ws_ping_interval=25,
            ws_ping_timeout=25,
            timeout_graceful_shutdown=5,
            backlog=4096,
            access_log=False,
            log_config=None,
            server_header=False,
        )
