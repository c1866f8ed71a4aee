from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "saas.flows"
    label = "flows"

    def ready(self) -> None:
        from modules.sites import public as sites
        from saas.flows.catalogue_to_site import CrmCatalogue
        from saas.flows.site_form_to_lead import CrmTargets

        sites.receive_with(CrmTargets())
        sites.sell_with(CrmCatalogue())
