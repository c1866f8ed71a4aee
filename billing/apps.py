from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"

    def ready(self) -> None:
        from billing.domain.gatekeeper import Till
        from billing.domain.measuring import letter_sent
        from billing.views.notices import notices
        from infra.adapters.mail.sending import count_letters
        from infra.kit import gates
        from infra.ui.notices import add_source

        gates.set_gatekeeper(Till())
        add_source(notices)
        count_letters(letter_sent)
