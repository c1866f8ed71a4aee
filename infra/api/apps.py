from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApiConfig(AppConfig):
    name = "infra.api"
    label = "api"
    verbose_name = _("REST API")

    def ready(self) -> None:
        from infra.api import checks, schema  # noqa: F401 -- both register themselves
