"""Bring every schema up to date."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from infra.db.owner import become_owner
from tenants.portals.migrating.template import migrate_public, migrate_template


class Command(BaseCommand):
    help = "Migrate public, the template, all portals and spares."
    requires_system_checks = ["models"]

    def handle(self, *args: Any, **options: Any) -> None:
        become_owner()
        migrate_public(self.stdout.write)
        migrate_template(self.stdout.write)
