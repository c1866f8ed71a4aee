from django.apps import AppConfig


class WakeUpsConfig(AppConfig):
    name = "infra.wakeups"
    label = "wakeups"
