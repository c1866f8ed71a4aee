"""Write all of one portal to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.portals.domain.export import export_schema
from tenants.portals.models import Portal


class Command(BaseCommand):
    """`export_portal <address> <file.zip>`"""

    help = "Write a portal's rows, its rows of the shared tables and its files to a ZIP, all of one moment."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the portal's address, the part before the service's domain")
        parser.add_argument("file", type=Path, help="a file that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        portal = Portal.objects.existing().filter(slug=options["address"]).first()
        if portal is None:
            raise CommandError(f"There is no portal {options['address']}.")
        with options["file"].open("xb") as target:
            rows = export_schema(portal.schema_name, target, whole=True)
        self.stdout.write(f"{sum(rows.values())} rows of {len(rows)} tables")
