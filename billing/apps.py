from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"

    def ready(self) -> None:
        from billing.domain.gatekeeper import Till
        from infra.kit import gates

        gates.set_gatekeeper(Till())
