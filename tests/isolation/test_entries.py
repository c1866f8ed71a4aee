"""What the registry holds beside addresses: entries of menus, features of plans, tasks; and the service's own hosts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

import saas.celery  # noqa: F401  (finds every room's tasks)
from billing.domain.override import override_feature
from infra.db.current import enter, enter_public
from infra.jobs.app import app
from infra.jobs.tasks import HEADER, PortalTask, ServiceTask
from infra.kit.access import SYSTEM
from infra.kit.errors import NoPortal
from infra.kit.registry import registry
from infra.kit.screens import gate_of
from infra.ui.context import address, open_to
from modules.sites.models import Site
from modules.sites.rest.viewsets.site import SiteViewSet
from saas.checks import routes
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.site import visitor
from tests.isolation.walk import body, counted
from tests.isolation.world import Company

As = Callable[[User], Client]
Companies = tuple[Company, Company]
_NAMED = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")


def test_no_entry_of_a_menu_leads_to_a_refusal(portal: Portal, as_: As, bob: User) -> None:
    client, answers = as_(bob), {}
    for entry in (*registry.nav, *registry.quick_creates, *registry.settings_pages):
        if open_to(bob, entry):
            answers[entry.key] = client.get(address(entry.url_name), follow=True).status_code
    assert {key: status for key, status in answers.items() if status != 200} == {}
    assert len(answers) > 5


def test_a_plan_without_the_feature_shuts_what_declares_it(
    portal: Portal, alice: User, api: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    for feature in registry.features:
        monkeypatch.setattr(SiteViewSet, "feature", feature.key)
        entry = replace(registry.nav[0], permission=None, feature=feature.key)
        assert (api(alice).get("/api/v1/sites").status_code, open_to(alice, entry)) == (200, True)
        override_feature(actor=SYSTEM, portal=portal, feature=feature.key, included=False, reason="Proof")
        answer = api(alice).get("/api/v1/sites")
        assert (answer.status_code, answer.json()["code"], open_to(alice, entry)) == (402, "feature_missing", False)


def test_every_task_refuses_to_run_in_the_wrong_place(portal: Portal) -> None:  # promise 7
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith(("celery.", "specimen."))}
    assert {name for name, task in ours.items() if not isinstance(task, PortalTask | ServiceTask)} == set()
    assert len(ours) > 30
    for task in ours.values():
        wrong = {} if isinstance(task, PortalTask) else {HEADER: portal.schema_name}
        task.push_request(id="1", **wrong)
        with pytest.raises(NoPortal), enter_public():
            task()
        task.pop_request()


def asked(client: Client, urlconf: str, words: Mapping[str, str]) -> Iterator[tuple[str, int, str]]:
    """Every route of `urlconf` by every method it takes: which, the status and all that it said.

    A route with a parameter that `words` does not fill raises KeyError.
    """
    for route in routes(urlconf):
        path = _NAMED.sub(lambda found: words[found[1] or found[2]], route.path).replace(".*", "none")
        path = re.sub(r"[\^$]", "", path)
        gate = gate_of(route.view)
        for method in gate.methods if gate else ():
            answer = client.generic(method, path, b"{}", "application/json")
            yield f"{method} {path}", answer.status_code, body(answer)


def test_strangers_learn_and_change_nothing_on_the_public_hosts(companies: Companies, service: Client) -> None:
    acme, globex = companies
    before = counted(acme), counted(globex)
    with enter(acme.portal):
        site = Site.objects.get(pk=acme.samples["sites:site"])
        words = {"public_id": site.forms.get().public_id, "token": "x" * 32}
        on_site = visitor(site)
    home = list(asked(service, settings.PUBLIC_SCHEMA_URLCONF, {}))
    published = list(asked(on_site, settings.SITES_URLCONF, words))
    broken = [f"{path}: {status}" for path, status, _said in home + published if status >= 500]
    shown = [path for path, _status, said in home if acme.canary in said]
    shown += [path for path, _status, said in home + published if globex.canary in said]
    assert (broken, shown) == ([], [])
    assert {status for path, status, _said in published if words["public_id"] in path} & {200, 400}
    assert (counted(acme), counted(globex)) == before
