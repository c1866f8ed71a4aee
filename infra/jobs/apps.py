from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "infra.jobs"
    label = "jobs"
