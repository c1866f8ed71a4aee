from django.apps import AppConfig


class SignupConfig(AppConfig):
    name = "saas.signup"
    label = "signup"
