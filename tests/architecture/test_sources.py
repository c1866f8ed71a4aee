"""Rules of the house that the import linter cannot see, read from the source trees."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from infra.jobs import named

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("infra", "tenants", "billing", "modules", "saas")
MODULES = sorted(path.name for path in (ROOT / "modules").iterdir() if (path / "module.py").exists())


def sources(*places: str) -> Iterator[tuple[Path, ast.Module]]:
    for place in places:
        for path in sorted((ROOT / place).rglob("*.py")):
            if "migrations" not in path.parts and "node_modules" not in path.parts:
                yield path.relative_to(ROOT), ast.parse(path.read_text())


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def first_text(call: ast.Call) -> str:
    argument = call.args[0] if call.args else None
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def test_foreign_keys_between_modules_do_not_hide_in_strings() -> None:
    found = []
    for path, tree in sources("modules"):
        own = path.parts[1]
        for name, call in calls(tree):
            if name.rsplit(".", 1)[-1] in ("ForeignKey", "OneToOneField", "ManyToManyField", "get_model"):
                label = first_text(call).split(".", 1)[0]
                if label in MODULES and label != own:
                    found.append(f"{path}:{call.lineno} {first_text(call)}")
    assert found == []


def test_no_key_crosses_from_a_portal_to_the_public_schema() -> None:
    from django.apps import apps
    from django.conf import settings

    shared = {config.label for config in apps.get_app_configs() if config.name in settings.SHARED_APPS}
    found = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model not in (None, "self")
        if (model._meta.app_label in shared) != (field.related_model._meta.app_label in shared)
    ]
    assert found == []


def test_templates_include_nothing_of_another_module() -> None:
    pattern = re.compile(r"""{%\s*(?:include|extends)\s+["']([a-z_]+)/""")
    found = []
    for module in MODULES:
        for path in (ROOT / "modules" / module / "templates").rglob("*.html"):
            for owner in pattern.findall(path.read_text()):
                if owner in MODULES and owner != module:
                    found.append(f"{path.relative_to(ROOT)} uses {owner}/")
    assert found == []


def test_a_portal_is_entered_only_through_enter() -> None:
    """`with tenant:` keeps one stack for all threads (promise 2); raw schema switches belong to infra.db alone."""
    found = []
    for path, tree in sources(*FLOORS):
        if path.parts[:2] == ("infra", "db"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.With | ast.AsyncWith):
                for item in node.items:
                    if isinstance(item.context_expr, ast.Name) and re.search("portal|tenant", item.context_expr.id):
                        found.append(f"{path}:{node.lineno} with {item.context_expr.id}:")
        for name, call in calls(tree):
            if re.search(r"\b(set_tenant|set_schema|set_schema_to_public|schema_context|tenant_context)$", name):
                found.append(f"{path}:{call.lineno} {name}")
    assert found == []


def test_nothing_of_a_portal_is_kept_in_process_memory() -> None:
    """`lru_cache` and `cached_property` on portal data leak between portals (promise 9)."""
    connections = {Path("infra/jobs/broker.py"), Path("modules/sites/domain/counting.py")}  # a client, no data
    found = []
    for path, tree in sources("modules", "tenants/people", "infra/outbox", "infra/audit", "infra/jobs", "infra/api"):
        if path in connections:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    text = ast.unparse(decorator)
                    if re.match(r"(functools\.)?(lru_cache|cache)\b", text):
                        found.append(f"{path}:{node.lineno} @{text}")
    assert found == []


def test_views_fetch_only_through_access() -> None:
    """No `Model.objects` in views and REST (promise 18)."""
    found = []
    for path, tree in sources(*FLOORS):
        if not {"views", "rest", "views.py"} & set(path.parts):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager"):
                found.append(f"{path}:{node.lineno} {ast.unparse(node)}")
    assert found == []


def test_no_signals_for_business_logic() -> None:
    allowed = {"connection_created", "setting_changed", "post_migrate", "request_finished"}
    found = []
    for path, tree in sources(*FLOORS):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module in ("django.db.models.signals", "django.dispatch"):
                names = {alias.name for alias in node.names} - allowed
                found += [f"{path}:{node.lineno} {name}" for name in names]
    assert found == []


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "services.py", "misc.py", "common.py"])
def test_no_file_that_collects_everything(name: str) -> None:
    assert [str(path.relative_to(ROOT)) for floor in FLOORS for path in (ROOT / floor).rglob(name)] == []


def test_files_stay_small() -> None:
    long = {}
    for floor in FLOORS:
        for path in (ROOT / floor).rglob("*.py"):
            lines = path.read_text().count("\n")
            if lines > 400 and "migrations" not in path.parts:
                long[str(path.relative_to(ROOT))] = lines
    assert long == {}


def test_no_two_files_import_each_other() -> None:
    """By whatever way round, and inside of functions too: the house can be read from the ground up."""
    graph = grimp.build_graph(*FLOORS, exclude_type_checking_imports=True)
    imported = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_every_task_sent_by_name_exists() -> None:
    names = [first_text(call) for _, tree in sources(*FLOORS) for name, call in calls(tree) if name.endswith("named")]
    asked = [name for name in names if re.fullmatch(r"[a-z_]+\.[a-z_]+", name)]
    assert "crm.import_rows" in [named(name).name for name in asked]


def test_every_stored_object_lies_in_a_declared_folder() -> None:  # promise 47
    """What no module declares is never swept (promise 47)."""
    from infra.kit.registry import registry

    declared = tuple(f"{stored.folder}/" for stored in registry.stored_files)
    found, seen = [], set()
    for path, tree in sources(*FLOORS):
        for name, call in calls(tree):
            if name.rsplit(".", 1)[-1] != "portal_key" or not call.args:
                continue
            text = ast.unparse(call.args[0]).lstrip("f").strip("'\"")
            if text == "stored.folder":  # the sweeper's own walk
                continue
            seen.add(next((folder for folder in declared if f"{text}/".startswith(folder)), None))
            if not f"{text}/".startswith(declared):
                found.append(f"{path}:{call.lineno} {text}")
    assert found == []
    assert seen == set(declared)
