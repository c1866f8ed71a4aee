"""Demo data: for one portal, or the two portals `make run` shows."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from saas.demo import fill, prepare_demo
from tenants.portals.models import Portal


class Command(BaseCommand):
    help = "Fill the portal with the given address with demo data, or with --demo prepare the portals of a local run."
    requires_system_checks = ()  # the web process checks everything before it serves

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", nargs="?", help="the portal's address: acme for acme.<service domain>")
        parser.add_argument("--demo", action="store_true", help="make the demo and the operator portal where missing")
        parser.add_argument("--json", action="store_true", help="answer the table as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["demo"]:
            if not settings.BASE_DOMAIN.endswith("localhost"):
                raise CommandError("The demo has a password everybody knows: it is made on *.localhost only.")
            rows = prepare_demo()
            text = json.dumps(rows) if options["json"] else "\n".join("\t".join(row) for row in rows)
            self.stdout.write(text)
            return
        portal = Portal.objects.existing().filter(slug=options["address"] or "").first()
        if portal is None:
            raise CommandError("Name the portal by its address: make seed PORTAL=acme")
        self.stdout.write(f"{portal.url}: demo data from {', '.join(fill(portal)) or 'no module'}.")
