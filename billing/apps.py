from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"
    label = "billing"

    def ready(self) -> None:
        from billing import watch
        from billing.domain import invoice, receipt, statement
        from billing.domain.gatekeeper import Till
        from billing.domain.measuring import letter_sent
        from billing.views.notices import notices
        from infra.adapters.mail.sending import count_letters
        from infra.kit import gates
        from infra.ui.notices import add_source

        gates.set_gatekeeper(Till())
        watch.register()
        add_source(notices)
        statement.link_causes("transfer", invoice.link_of_cause)
        statement.link_causes("topup", receipt.receipt_link)
        statement.link_causes("refund", receipt.refund_link)
        statement.link_causes("dispute", receipt.refund_link)
        statement.link_causes("invoice", invoice.link_of_cause)
        count_letters(letter_sent)
