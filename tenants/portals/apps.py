"""Start-up of the address book."""

from django.apps import AppConfig


class PortalsConfig(AppConfig):
    """Tables of the public schema: portals, their hosts, their schemas' state."""

    name = "tenants.portals"
    label = "portals"

    def ready(self) -> None:
        from infra.ui.notices import add_source
        from tenants.portals.notices import notices
        from tenants.portals.watch import register

        register()
        add_source(notices)
