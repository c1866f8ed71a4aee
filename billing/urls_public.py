"""What billing answers on the service's own host."""

from django.urls import path

from billing.views import webhook

urlpatterns = [path("stripe/webhook", webhook.webhook, name="stripe_webhook")]
