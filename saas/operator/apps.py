from django.apps import AppConfig


class OperatorConfig(AppConfig):
    name = "saas.operator"
    label = "operator_console"
