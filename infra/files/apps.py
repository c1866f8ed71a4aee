from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "infra.files"
    label = "files"
