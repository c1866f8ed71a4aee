"""The console, in the operator's portal alone; support access, in every portal."""

from django.urls import path

from saas.operator.views import calls, catalogue, decks, money, money_lists, portal, portals, support

app_name = "operator"
urlpatterns = [
    path("operator/", portals.portal_list, name="portals"),
    path("operator/portals/<int:portal_id>/", portal.portal, name="portal"),
    path("operator/portals/<int:portal_id>/status/", portal.status, name="status"),
    path("operator/portals/<int:portal_id>/plan/", portal.plan, name="plan"),
    path("operator/portals/<int:portal_id>/trial/", portal.trial, name="trial"),
    path("operator/portals/<int:portal_id>/override/", portal.override, name="override"),
    path("operator/portals/<int:portal_id>/letters/", portal.dead_letter, name="dead_letter"),
    path("operator/portals/<int:portal_id>/support/", portal.ask_for_access, name="ask_for_access"),
    path("operator/portals/<int:portal_id>/enter/", portal.enter_portal, name="enter_portal"),
    path("operator/money/", money_lists.wallet_list, name="wallets"),
    path("operator/money/invoices/", money_lists.invoice_list, name="invoices"),
    path("operator/money/invoices/<int:invoice_id>/", money.paper, name="invoice"),
    path("operator/money/invoices/<int:invoice_id>/pdf/", money.paper_pdf, name="invoice_pdf"),
    path("operator/money/invoices/<int:invoice_id>/settle/", money.settle, name="settle"),
    path("operator/money/waiting/", money.waiting, name="waiting"),
    path("operator/money/waiting/<int:adjustment_id>/", money.decide, name="decide"),
    path("operator/money/ledger/", money.ledger, name="ledger"),
    path("operator/portals/<int:portal_id>/wallet/", money.portal_wallet, name="wallet"),
    path("operator/portals/<int:portal_id>/wallet/credit/", money.credit, name="credit"),
    path("operator/portals/<int:portal_id>/wallet/adjust/", money.adjust, name="adjust"),
    path("operator/portals/<int:portal_id>/wallet/payment/", money.ask_for_payment, name="ask_for_payment"),
    path("operator/plans/", catalogue.plans, name="plans"),
    path("operator/plans/<slug:slug>/", catalogue.plan, name="plan_versions"),
    path("operator/decks/", decks.deck_list, name="decks"),
    path("operator/decks/<int:deck_id>/", decks.deck, name="deck"),
    path("operator/calls/", calls.overview, name="calls"),
    path("operator/calls/import/", calls.import_records, name="calls_import"),
    path("operator/calls/<int:portal_id>/", calls.portal, name="calls_portal"),
    path("operator/calls/<int:portal_id>/act/", calls.act, name="calls_act"),
    path("operator/calls/<int:portal_id>/<slug:what>/", calls.change, name="calls_change"),
    path("settings/support/", support.support, name="support"),
    path("settings/support/<int:access_id>/", support.answer, name="support_answer"),
    path("support/enter/<str:ticket>/", support.enter_with_ticket, name="support_enter"),
    path("support/leave/", support.leave, name="support_leave"),
]
