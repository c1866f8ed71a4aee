"""A module that `manage.py new_module` laid is one that the registry takes."""

import importlib
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

import modules
from infra.kit.registry import Registry
from infra.kit.screens import gate_of


def test_a_new_module_is_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call_command("new_module", "wine_cellar", title="Wine cellar", folder=tmp_path)
    monkeypatch.setattr(modules, "__path__", [*modules.__path__, str(tmp_path)])
    try:
        spec = importlib.import_module("modules.wine_cellar.module").spec
        fresh = Registry()
        fresh.load([spec])
        fresh.check_paths()
        assert fresh.nav[0].title == "Wine cellar"
        (page,) = importlib.import_module(spec.portal_urls).urlpatterns
        gate = gate_of(page.callback)
        assert gate is not None
        assert gate.permission == "wine_cellar.page.view"
        assert (tmp_path / "wine_cellar/templates/wine_cellar/home.html").exists()
    finally:
        for name in [name for name in sys.modules if name.startswith("modules.wine_cellar")]:
            del sys.modules[name]


@pytest.mark.parametrize("name", ["Wine", "1st", "crm", "people", "a/b"])
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError):
        call_command("new_module", name, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
