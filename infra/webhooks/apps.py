from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "infra.webhooks"
    label = "webhooks"
