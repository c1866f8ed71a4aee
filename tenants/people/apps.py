"""Django's entry for the people of a portal."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AppConfig):
    """App ``people``: every table lives in a portal's own schema."""

    name = "tenants.people"
    label = "people"
    verbose_name = _("People")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what the sign-in library reports to the audit log; say where a refused person asks for a right."""
        from infra.kit.access import set_ask_page
        from tenants.people.sign_in import events

        events.connect()
        set_ask_page("/people/ask")
