from django.apps import AppConfig


class SitesConfig(AppConfig):
    name = "modules.sites"
    label = "sites"
