"""Pages about the portal's plan and money."""

from django.urls import include, path

from billing.views import choose, invoices, paid, payments, plan, statement, usage, wallet

app_name = "billing"
urlpatterns = [
    path("", include("billing.rating.urls")),
    path("billing/", plan.plan_and_usage, name="plan"),
    path("billing/ask", plan.ask, name="ask"),
    path("billing/choose/<slug:slug>/", choose.choose, name="choose"),
    path("billing/keep", choose.keep, name="keep"),
    path("billing/paid/", paid.paid, name="paid"),
    path("billing/manage", paid.manage, name="manage"),
    path("billing/payments/", payments.payments, name="payments"),
    path("billing/payments/<int:pk>/pdf", payments.pdf, name="payment_pdf"),
    path("billing/payments/<int:pk>/pay", payments.pay, name="payment_pay"),
    path("billing/receipts/<slug:payment>/", payments.receipt_of, name="receipt"),
    path("billing/tax-id", payments.tax_id, name="tax_id"),
    path("billing/withdraw", plan.withdraw, name="withdraw"),
    path("billing/ask-owner", plan.ask_owner, name="ask_owner"),
    path("billing/usage/", usage.usage, name="usage"),
    path("billing/usage/cap", usage.cap, name="cap"),
    path("billing/wallet/", wallet.wallet_page, name="wallet"),
    path("billing/wallet/top-up", wallet.top_up, name="top_up"),
    path("billing/wallet/auto", wallet.auto, name="auto"),
    path("billing/wallet/notice", wallet.notice, name="notice"),
    path("billing/wallet/transfer", wallet.ask_for_transfer, name="ask_for_transfer"),
    path("billing/statement/", statement.statement_list, name="statement"),
    path("billing/statement/<int:posting_id>/", statement.posting, name="posting"),
    path("billing/invoices/", invoices.invoice_list, name="invoices"),
    path("billing/invoices/<int:invoice_id>/", invoices.invoice_pdf, name="invoice_pdf"),
    path("billing/requisites/", invoices.requisites, name="requisites"),
]
