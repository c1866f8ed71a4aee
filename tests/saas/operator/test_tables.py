"""The shared tables in the operator's portal: to look at, for those who run the service, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from billing.rating.models import SipUser
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.wakeups.models import WakeUp
from saas.operator.tables import table as tables
from tenants.people.models import User
from tenants.portals.models import EmailIndex, Portal
from tests.factories.call import caller
from tests.support import clients

As = Callable[[User], Client]
INDEX = "/operator/tables/"
PORTALS = "/operator/tables/portals/portal/"


def test_nobody_else_finds_them(  # promise 17
    as_: As, house: Portal, acme: Portal, alice: User, carol: User
) -> None:
    for path in (INDEX, PORTALS, f"{PORTALS}{acme.pk}/", "/operator/tables/login/", "/operator/tables/logout/"):
        for visitor in (as_(alice), as_(carol), clients.anonymous(acme)):
            assert visitor.get(path).status_code == 404, path
            assert visitor.post(path).status_code == 404, path
    with enter(house):
        gina = User.objects.get(email="gina@globex.example")
    for path in (INDEX, PORTALS, f"{PORTALS}{acme.pk}/"):
        assert as_(gina).get(path).status_code == 403
        assert as_(gina).post(path, {"name": "Mine"}).status_code == 403
        answer = clients.anonymous(house).get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/account/login/")


def test_every_shared_table_opens_and_shows_no_secret(as_: As, oscar: User, acme: Portal) -> None:
    browser, index = as_(oscar), as_(oscar).get(INDEX).content.decode()
    labels = {config.label for config in apps.get_app_configs() if config.name in settings.SHARED_APPS}
    shared = [model for model in apps.get_models() if model._meta.app_label in labels]
    assert len(shared) > 15
    for model in shared:
        address = f"/operator/tables/{model._meta.app_label}/{model._meta.model_name}/"
        assert f'href="{address}"' in index
        page = browser.get(address)
        assert page.status_code == 200, address
        row = model._default_manager.first()
        if row is not None:
            assert browser.get(f"{address}{row.pk}/").status_code == 200, address
    digest = EmailIndex.objects.values_list("digest", flat=True)[0]
    pages = [browser.get("/operator/tables/portals/emailindex/")]
    pages.append(browser.get(f"/operator/tables/portals/emailindex/{EmailIndex.objects.all()[0].pk}/"))
    assert all(digest not in page.content.decode() for page in pages)
    device = caller(acme)  # promise 72: who knows the digest is the telephone
    SipUser.objects.update(ha1_md5="0c" * 16, ha1_sha256="5e" * 32)
    for path in ("", f"{device.pk}/"):
        page = browser.get(f"/operator/tables/rating/sipuser/{path}").content.decode()
        assert "0c" * 8 not in page
        assert "5e" * 8 not in page


def test_pages_stay_within_the_policy(as_: As, oscar: User, acme: Portal) -> None:  # promise 78
    for path in (INDEX, PORTALS, f"{PORTALS}{acme.pk}/"):
        answer = as_(oscar).get(path)
        page, policy = answer.content.decode(), answer["Content-Security-Policy"]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        assert not re.search(r"\son\w+=|style=", page)
        for script in re.findall(r"<script[^>]*>", page):
            assert "src=" in script or (nonce and nonce[1] in script) or "application/json" in script


def test_nothing_is_added_or_deleted(as_: As, oscar: User, acme: Portal) -> None:  # promise 16
    browser, before, row = as_(oscar), Portal.objects.values().get(pk=acme.pk), f"{PORTALS}{acme.pk}/"
    for path in (f"{PORTALS}add/", f"{row}delete/", f"{row}history/", f"{PORTALS}99999999/"):
        assert browser.get(path).status_code == 404
        assert browser.post(path, {"post": "yes"}).status_code in (403, 404)
    assert browser.post(PORTALS, {"action": "delete_selected", "_selected_action": acme.pk}).status_code < 500
    assert Portal.objects.values().get(pk=acme.pk) == before


def form_of(portal: Portal, **changes: object) -> dict[str, object]:
    names = ("name", "locale", "region", "time_zone", "currency")
    return {**{name: getattr(portal, name) for name in names}, "read_at": portal.version, **changes}


def test_a_correction_is_written_into_both_logs(
    as_: As, oscar: User, house: Portal, acme: Portal
) -> None:  # promise 28
    form = form_of(acme, name="Acme Ltd", schema_name="p_stolen", status="erased", is_operator="on", slug="mine")
    assert as_(oscar).post(f"{PORTALS}{acme.pk}/", form).status_code == 302
    after = Portal.objects.get(pk=acme.pk)
    unchanged = ("schema_name", "status", "is_operator", "slug", "locale")
    assert (after.name, after.version) == ("Acme Ltd", acme.version + 1)
    assert [getattr(after, name) for name in unchanged] == [getattr(acme, name) for name in unchanged]  # promise 27
    with enter(acme):
        theirs = AuditEntry.objects.get(action="portal.change_settings")
    with enter(house):
        ours = AuditEntry.objects.get(action="table.change")
    assert theirs.changes == ours.changes == {"name": ["Acme", "Acme Ltd"]}
    assert (theirs.actor_id, ours.actor_id, ours.note) == (None, oscar.pk, f"{acme.schema_name} ({acme.pk})")


@pytest.mark.parametrize(
    ("changes", "status"), [({"time_zone": "Mars/Base"}, 200), ({"name": ""}, 200), ({"read_at": 999}, 409)]
)
def test_a_wrong_correction_changes_nothing(
    as_: As, oscar: User, house: Portal, acme: Portal, changes: dict[str, object], status: int
) -> None:
    assert as_(oscar).post(f"{PORTALS}{acme.pk}/", form_of(acme, **changes)).status_code == status
    assert Portal.objects.get(pk=acme.pk).version == acme.version
    with enter(house):
        assert not AuditEntry.objects.filter(action="table.change").exists()


def test_other_tables_cannot_be_changed(as_: As, oscar: User, acme: Portal) -> None:
    row = acme.subscription
    address = reverse("admin:billing_subscription_change", args=[row.pk], urlconf="saas.urls_portal")
    assert as_(oscar).post(address, {"period": "year", "version": 1}).status_code == 403
    row.refresh_from_db()
    assert row.period == "month"


def test_a_long_table_is_not_counted_to_its_end_and_costs_the_same(
    as_: As, oscar: User, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Callable[..., object]
) -> None:
    monkeypatch.setattr(tables, "COUNTED", 100)
    marks = [WakeUp(room="test", schema_name=f"p_{number}", due_at=timezone.now()) for number in range(120)]
    first = WakeUp.objects.bulk_create(marks)[0]
    browser, address = as_(oscar), "/operator/tables/wakeups/wakeup/"
    page = browser.get(address).content.decode()
    assert "100+ rows" in page
    assert page.count("<tr>") == 51
    assert 'rel="next"' in browser.get(address).content.decode()
    assert 'rel="next"' not in browser.get(f"{address}?p=2").content.decode()
    found = browser.get(f"{address}?q={first.pk}").content.decode()
    assert ("1 row" in found, "p_0" in found) == (True, True)


def test_a_portal_is_found_by_its_address(as_: As, oscar: User, acme: Portal, house: Portal) -> None:
    page = as_(oscar).get("/operator/tables/billing/subscription/?q=acme").content.decode()
    assert "1 row" in page
    assert f'href="/operator/tables/billing/subscription/{acme.subscription.pk}/"' in page


@pytest.mark.parametrize("query", ["p=x", "p=999999", "q=%00", "status__exact=nonsense", "nonsense=1", "name__regex=("])
def test_odd_questions_are_answered(as_: As, oscar: User, query: str) -> None:  # promise 77
    assert as_(oscar).get(f"{PORTALS}?{query}").status_code in (200, 302, 400)
