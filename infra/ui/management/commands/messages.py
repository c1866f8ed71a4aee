"""`manage.py messages [update|compile|check]`."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from infra.ui.translations.catalogs import compile_all, faults, update


class Command(BaseCommand):
    """Gathers texts into each app's `locale/`, compiles them, and says what is not translated."""

    help = "update: gather texts into each app's locale; compile: write .mo; check: list what is missing or collides"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", nargs="?", default="update", choices=["update", "compile", "check"])
        parser.add_argument("--language", action="append", dest="languages", help="default: all offered ones")
        parser.add_argument("--app", default="", help="only this one, such as modules.crm")

    def handle(self, *args: Any, **options: Any) -> None:
        languages = [code for code in options["languages"] or settings.LANGUAGES_OFFERED if code != "en"]
        match options["step"]:
            case "update":
                for language in languages:
                    for path in update(language, options["app"]):
                        self.stdout.write(str(path.relative_to(settings.ROOT)))
            case "compile":
                started = time.monotonic()
                written = compile_all(languages)
                self.stdout.write(f"{written} catalogues compiled in {time.monotonic() - started:.1f} s")
            case "check":
                found = [f"{language}: {fault}" for language in languages for fault in faults(language, options["app"])]
                for line in found:
                    self.stdout.write(line)
                if found:
                    raise CommandError(f"{len(found)} texts are not translated, or not in one way")
