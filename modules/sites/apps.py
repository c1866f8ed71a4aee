from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    name = "modules.sites"
    label = "sites"
    verbose_name = _("Sites")

    def ready(self) -> None:
        from infra.live import allow

        allow("list:sites.submission", "modules.sites.domain.access.may_follow_submissions")
        allow("record:sites.page", "modules.sites.domain.access.may_follow_page")
