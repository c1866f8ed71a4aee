from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "modules.crm"
    label = "crm"
    verbose_name = _("CRM")

    def ready(self) -> None:
        from infra.live import allow
        from modules.crm.domain.posting import follow

        for kind in ("lead", "contact", "company", "deal", "quote", "invoice", "product", "item"):
            allow(f"list:crm.{kind}", f"modules.crm.domain.following.{kind}_list")
            allow(f"record:crm.{kind}", f"modules.crm.domain.following.{kind}")
        follow()
