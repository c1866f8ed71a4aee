from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "saas.site"
    label = "site"
