from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "infra.ui"
    label = "ui"
