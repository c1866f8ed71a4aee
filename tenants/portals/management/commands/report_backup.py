"""Write down how a backup ended: for the scripts in infra/deploy/backup."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from tenants.portals.domain.backups import report_backup
from tenants.portals.models import Backup


class Command(BaseCommand):
    """`report_backup base good "12 GB"`"""

    help = "Write down how a backup ended; the console and the metrics show when the last good one was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=Backup.Kind.values)
        parser.add_argument("outcome", choices=["good", "failed"])
        parser.add_argument("note", nargs="?", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        made = report_backup(kind=options["kind"], good=options["outcome"] == "good", note=options["note"])
        self.stdout.write(str(made))
