"""Put one portal back from a file of `export_portal`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from infra.kit.errors import Conflict, NotFound
from tenants.portals.domain.export import MANIFEST
from tenants.portals.domain.restore import restore_portal


class Command(BaseCommand):
    """`restore_portal <file.zip>`"""

    help = "Put a portal back to the moment of an archive: rows, shared rows, files; other portals are not touched."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what export_portal wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as source:
                schema = json.loads(zipfile.ZipFile(source).read(MANIFEST))["schema"]
                done = restore_portal(schema, source)
        except (Conflict, NotFound) as error:
            raise CommandError(f"{options['file']}: {error}. No row was changed.") from error
        self.stdout.write(
            f"{schema}: {sum(done.rows.values())} rows of {len(done.rows)} tables, {sum(done.shared.values())} shared"
            f" rows, {done.files} files written, {done.erased} people forgotten again; checksums agree"
        )
