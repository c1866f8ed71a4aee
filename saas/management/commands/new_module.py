"""Lays the folder of a new module: a spec with one page and one permission, ready to grow."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from infra.kit.registry import registry

FILES = {
    "__init__.py": "",
    "models/__init__.py": '"""Data and constraints, one file per noun."""\n',
    "domain/__init__.py": '"""Verbs, one file per noun: guard, lock, write, audit, publish."""\n',
    "migrations/__init__.py": "",
    "views/__init__.py": "",
    "README.md": "# $title\n\nWhat this room is for, and what a newcomer should read first.\n",
    "apps.py": """from django.apps import AppConfig


class ${camel}Config(AppConfig):
    name = "modules.$name"
    label = "$name"
""",
    "module.py": '''"""What $title tells the house."""

from django.utils.translation import gettext_lazy as _

from infra.kit.spec import ModuleSpec, NavEntry, Permission, Scope

spec = ModuleSpec(
    slug="$name",
    title=_("$title"),
    icon="box",
    permissions=(
        Permission(
            key="$name.page.view",
            title=_("See $title"),
            defaults={"owner": Scope.ALL, "administrator": Scope.ALL, "employee": Scope.ALL},
        ),
    ),
    nav=(
        NavEntry(
            key="$name.home", title=_("$title"), icon="box", url_name="$name:home", permission="$name.page.view"
        ),
    ),
    portal_urls="modules.$name.urls",
)
''',
    "urls.py": '''"""Addresses under /$name/ on a portal's host."""

from django.urls import path

from modules.$name.views import home

app_name = "$name"
urlpatterns = [path("", home.home, name="home")]
''',
    "views/home.py": '''"""The first page of $title."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from infra.kit.screens import screen


@screen("$name.page.view")
def home(request: HttpRequest) -> HttpResponse:
    """What there is, and what to do first."""
    return render(request, "$name/home.html")
''',
    "templates/$name/home.html": """{% extends "ui/page.html" %}
{% load i18n ui %}
{% block title %}{% translate "$title" %}{% endblock %}
{% block content %}
<c-ui.empty icon="box" title="{% translate 'Nothing here yet' %}" text="{% translate 'This room is new.' %}" />
{% endblock %}
""",
}


class Command(BaseCommand):
    help = "Make modules/<name>/ with a spec, a page and a permission."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="slug of the module: lower-case letters, digits and _")
        parser.add_argument("--title", default="", help="how people call it, in English")
        parser.add_argument("--folder", type=Path, default=settings.ROOT / "modules", help="where modules live")

    def handle(self, *args: Any, **options: Any) -> None:
        name: str = options["name"]
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name):
            raise CommandError("A module's name is made of lower-case letters, digits and _, a letter first.")
        root: Path = options["folder"] / name
        if name in registry.modules or root.exists():
            raise CommandError(f"There is a room called {name} already.")
        title = options["title"] or name.replace("_", " ").capitalize()
        values = {"name": name, "title": title, "camel": name.title().replace("_", "")}
        for path, text in FILES.items():
            file = root / Template(path).substitute(values)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(Template(text).substitute(values))
        self.stdout.write(f'{root}\nNow add "modules.{name}" to MODULES in saas/settings/apps.py.')
