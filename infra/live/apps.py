from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "infra.live"
    label = "live"
