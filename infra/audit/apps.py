from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "infra.audit"
    label = "audit"
