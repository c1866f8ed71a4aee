"""Start-up of the schema layer."""

from django.apps import AppConfig


class DbConfig(AppConfig):
    """Loads the checks that keep portal tables inside portals."""

    name = "infra.db"
    label = "db"

    def ready(self) -> None:
        """Register checks; content types are remembered per connection from here on (promise 12)."""
        from infra.db import checks, content_types

        checks.install()
        content_types.install()
