"""Addresses of failed deliveries."""

from django.urls import path

from infra.outbox.views import deliveries

app_name = "outbox"
urlpatterns = [
    path("settings/deliveries/", deliveries.failed, name="deliveries"),
    path("settings/deliveries/<int:delivery_id>/retry/", deliveries.retry, name="retry"),
    path("settings/deliveries/<int:delivery_id>/discard/", deliveries.discard, name="discard"),
]
