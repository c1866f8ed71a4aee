from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "modules.crm"
    label = "crm"
    verbose_name = _("CRM")

    def ready(self) -> None:
        from infra.live import allow

        allow("list:crm.lead", "modules.crm.domain.access.may_follow_list")
        allow("record:crm.lead", "modules.crm.domain.access.may_follow_lead")
