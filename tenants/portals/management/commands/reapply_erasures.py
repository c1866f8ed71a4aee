"""After the whole database was restored: erase again what had been erased since."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from tenants.portals.domain.reapplying import reapply_all


class Command(BaseCommand):
    """`reapply_erasures`, before the service is opened again."""

    help = "Erase again every portal and person that the object storage names as erased."

    def handle(self, *args: Any, **options: Any) -> None:
        portals, people = reapply_all()
        self.stdout.write(f"{portals} portals and {people} people erased again")
