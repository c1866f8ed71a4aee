from django.apps import AppConfig


class RatingConfig(AppConfig):
    name = "billing.rating"
    label = "rating"
    default = True

    def ready(self) -> None:
        from billing.domain.statement import link_causes
        from billing.domain.subscription import on_change
        from billing.rating.domain.included import grant_minutes
        from billing.rating.domain.links import call_of_cause, call_of_correction, pack_of_cause

        link_causes("call", call_of_cause)
        link_causes("correction", call_of_correction)
        link_causes("pack", pack_of_cause)
        on_change(grant_minutes)


class EngineConfig(AppConfig):
    """The engine and its command without the house around them (saas/settings/alone.py): no tables."""

    name = "billing.rating"
    label = "rating"

    def import_models(self) -> None:
        self.models = {}
