"""What a web process knows of migrations without loading them."""

from __future__ import annotations

from django.db.migrations.loader import MigrationLoader

from tenants.portals.migrating.releases import portal_app_labels, wanted_migrations


def test_the_names_of_files_say_what_djangos_loader_says() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    loader.load_disk()
    replaced = {key for migration in loader.disk_migrations.values() for key in migration.replaces}
    labels = portal_app_labels()
    assert wanted_migrations() == {key for key in loader.disk_migrations if key[0] in labels} - replaced
