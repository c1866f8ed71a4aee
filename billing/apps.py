from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"

    def ready(self) -> None:
        from billing.domain.gatekeeper import Till
        from billing.domain.installation import install_after_migration
        from infra.kit import gates

        gates.set_gatekeeper(Till())
        post_migrate.connect(install_after_migration, sender=self)
