"""Pages about the portal's plan."""

from django.urls import path

from billing.views import plan

app_name = "billing"
urlpatterns = [
    path("billing/", plan.plan_and_usage, name="plan"),
    path("billing/ask", plan.ask, name="ask"),
    path("billing/withdraw", plan.withdraw, name="withdraw"),
    path("billing/ask-owner", plan.ask_owner, name="ask_owner"),
]
