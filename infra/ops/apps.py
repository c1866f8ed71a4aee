from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "infra.ops"
    label = "ops"
