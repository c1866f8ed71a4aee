"""Bring every schema up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from infra.db.owner import become_owner
from tenants.portals.domain.spares import fill_pool
from tenants.portals.migrating.run import AlreadyRunning, describe, migrate_everything


class Command(BaseCommand):
    """`migrate_portals [--dry-run] [--workers N] [--quiet] [--spares N] [schema …]`"""

    help = "Migrate public, the template, all portals and spares. Stop it at any time and run it again."
    requires_system_checks = ["models"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("schemas", nargs="*", help="only these schemas (after public and the template)")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and change nothing")
        parser.add_argument("--workers", type=int, default=2, help="schemas are migrated on this many connections")
        parser.add_argument("--progress", action="store_true", help="say every second how far it is")
        parser.add_argument("--spares", type=int, default=0, help="then fill the warm pool up to this size")

    def handle(self, *args: Any, **options: Any) -> None:
        become_owner()
        if options["dry_run"]:
            describe(self.stdout.write)
            return
        try:
            outcome = migrate_everything(
                workers=options["workers"],
                say=self.stdout.write,
                progress=options["progress"],
                only=options["schemas"],
            )
        except AlreadyRunning as error:
            raise CommandError(str(error)) from error
        fill_pool(size=options["spares"])
        self.stdout.write(f"{outcome.done} schemas migrated, {len(outcome.failed)} failed")
        if outcome.failed:
            for schema, reason in sorted(outcome.failed.items()):
                self.stderr.write(f"{schema}: {reason}")
            raise CommandError("Some portals were left as they were and answer 503 until the next run.")
