from django.apps import AppConfig


class FlowsConfig(AppConfig):
    name = "saas.flows"
    label = "flows"
