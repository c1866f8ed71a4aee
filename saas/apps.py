"""The composition root: loads every module's spec, then refuses to start on anything incomplete."""

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register
from django.utils.module_loading import import_string

from infra.kit.registry import registry
from saas.settings.apps import SPECS


class SaasConfig(AppConfig):
    name = "saas"
    label = "saas"

    def ready(self) -> None:
        from saas import checks

        registry.load(import_string(f"{package}.module.spec") for package in SPECS)
        register(checks.check_specs)
        register(checks.check_gates)
        if missing := set(settings.LANGUAGES_OFFERED) - {code for code, _name in settings.LANGUAGES}:
            raise ValueError(f"LANGUAGES_OFFERED names unknown languages {sorted(missing)}")
