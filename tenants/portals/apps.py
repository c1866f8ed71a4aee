from django.apps import AppConfig


class PortalsConfig(AppConfig):
    name = "tenants.portals"
    label = "portals"
