"""Put one portal's rows back from a file of `export_portal`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from infra.kit.errors import Conflict
from tenants.portals.domain.restore import restore_schema
from tenants.portals.models import Portal


class Command(BaseCommand):
    """`restore_portal <address> <file.zip>`"""

    help = "Replace the rows of one portal's tables by those of an archive; other portals are not touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="the portal's address, the part before the service's domain")
        parser.add_argument("file", type=Path, help="what export_portal wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        portal = Portal.objects.existing().filter(slug=options["address"]).first()
        if portal is None:
            raise CommandError(f"There is no portal {options['address']}.")
        try:
            with options["file"].open("rb") as source:
                rows = restore_schema(portal.schema_name, source)
        except Conflict as error:
            raise CommandError(f"{options['file']}: {error}. Nothing was changed.") from error
        self.stdout.write(f"{sum(rows.values())} rows of {len(rows)} tables")
