"""Bearer tokens: bound to the portal, to their owner and to their scopes."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from infra.api.models import Token
from infra.api.tokens import issue_token, revoke_token
from infra.audit.models import AuditEntry
from infra.db.current import enter
from infra.kit.errors import Invalid
from tenants.people.models import User
from tenants.portals.models import Portal
from tests.factories.lead import lead

ApiClient = Callable[..., Client]


def bearer(portal: Portal, secret: str) -> Client:
    return Client(HTTP_HOST=portal.host, HTTP_AUTHORIZATION=f"Bearer {secret}")


def test_a_token_is_shown_once_and_stored_as_a_digest(portal: Portal, alice: User) -> None:
    issued = issue_token(actor=alice, name="Exchange", scopes=["crm.lead.view"])
    assert issued.secret.startswith("pk_")
    stored = Token.objects.get(pk=issued.token.pk)
    assert issued.secret not in json.dumps(
        {field.name: str(getattr(stored, field.name)) for field in Token._meta.concrete_fields}
    )
    assert stored.prefix == issued.secret[:10]
    assert AuditEntry.objects.filter(action="token.issue", record_id=stored.pk).count() == 1
    answer = bearer(portal, issued.secret).get("/api/v1/me")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": alice.pk,
        "name": alice.display_name,
        "email": alice.email,
        "permissions": ["crm.lead.view"],
    }


def test_a_token_opens_no_other_portal(acme: Portal, globex: Portal, alice: User) -> None:  # promise 6
    with enter(acme):
        secret = issue_token(actor=alice, name="Exchange", scopes=["crm.lead.view"]).secret
        row = Token.objects.values().get()
    with enter(globex):  # even the very row, carried over by hand, opens nothing there
        Token.objects.create(**{**row, "id": None})
    answer = bearer(globex, secret).get("/api/v1/me")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json()["code"] == "not_signed_in"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer pk_wrong", "Bearer pk_a b", "Bearer " + "x" * 5000, "Bearer pk_é"]
)
def test_a_wrong_header_is_refused(acme: Portal, header: str) -> None:
    answer = Client(HTTP_HOST=acme.host, HTTP_AUTHORIZATION=header).get("/api/v1/me")
    assert answer.status_code == 401


def test_scopes_narrow_and_never_widen(portal: Portal, api: ApiClient, alice: User, bob: User) -> None:
    lead(alice)
    assert api(alice, scopes=["crm.lead.view"]).get("/api/v1/leads").status_code == 200
    refused = api(alice, scopes=["crm.lead.edit"]).get("/api/v1/leads")
    assert refused.status_code == 403
    assert refused.json()["permission"] == "crm.lead.view"
    # Bob sees his own leads only, whatever the token says.
    assert api(bob).get("/api/v1/leads").json()["results"] == []


def test_a_token_is_never_issued_beyond_its_owner(portal: Portal, bob: User) -> None:
    with pytest.raises(Invalid) as refusal:
        issue_token(actor=bob, name="Exchange", scopes=["crm.lead.view", "crm.pipeline.manage"])
    assert list(refusal.value.fields) == ["scopes"]
    assert Token.objects.count() == 0


def test_a_token_cannot_issue_a_stronger_one(portal: Portal, api: ApiClient, alice: User) -> None:
    client = api(alice, scopes=["api.token.manage"])
    body = {"name": "More", "scopes": ["crm.lead.delete"]}
    answer = client.post("/api/v1/tokens", body, content_type="application/json")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["scopes"]
    assert Token.objects.filter(name="More").count() == 0


def test_expired_revoked_and_orphaned_tokens_are_dead(portal: Portal, alice: User, bob: User) -> None:  # promise 19
    expiring = issue_token(
        actor=alice, name="Expires", scopes=["crm.lead.view"], expires_at=timezone.now() + timedelta(hours=1)
    )
    assert bearer(portal, expiring.secret).get("/api/v1/me").status_code == 200
    Token.objects.filter(pk=expiring.token.pk).update(expires_at=timezone.now())
    assert bearer(portal, expiring.secret).get("/api/v1/me").status_code == 401
    revoked = issue_token(actor=alice, name="Revoked", scopes=["crm.lead.view"])
    revoke_token(actor=alice, token=revoked.token)
    assert bearer(portal, revoked.secret).get("/api/v1/me").status_code == 401
    of_bob = issue_token(actor=bob, name="Bob's", scopes=["crm.lead.view"])
    assert bearer(portal, of_bob.secret).get("/api/v1/me").status_code == 200
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert bearer(portal, of_bob.secret).get("/api/v1/me").status_code == 401


def test_use_is_noted(portal: Portal, alice: User) -> None:
    issued = issue_token(actor=alice, name="Exchange", scopes=["crm.lead.view"])
    bearer(portal, issued.secret).get("/api/v1/me")
    assert Token.objects.get(pk=issued.token.pk).last_used_at is not None


def test_people_see_and_revoke_their_own_tokens_only(
    portal: Portal, as_: Callable[[User], Client], alice: User, bob: User
) -> None:
    token = issue_token(actor=alice, name="Exchange", scopes=["crm.lead.view"]).token
    page = as_(bob).get("/settings/api/")
    assert page.status_code == 200
    assert "Exchange" not in page.content.decode()
    assert as_(bob).post(f"/settings/api/{token.pk}/revoke/").status_code == 404
    assert Token.objects.get(pk=token.pk).revoked_at is None


def test_the_page_issues_and_shows_the_secret_once(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    client = as_(alice)
    form = {"name": "Exchange", "lifetime": "30", "scopes": ["crm.lead.view"]}
    answer = client.post("/settings/api/new/", form)
    token = Token.objects.get()
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert f'value="{token.prefix}' in answer.content.decode()
    assert token.expires_at is not None
    assert 'value="pk_' not in client.get("/settings/api/").content.decode()
    client.post(f"/settings/api/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_the_form_keeps_what_was_typed(portal: Portal, as_: Callable[[User], Client], alice: User) -> None:
    answer = as_(alice).post("/settings/api/new/", {"name": "Exchange", "lifetime": "30"})
    assert answer.status_code == 422
    assert 'value="Exchange"' in answer.content.decode()
    assert Token.objects.count() == 0


def test_a_guest_has_no_tokens(portal: Portal, as_: Callable[[User], Client], dave: User) -> None:
    assert as_(dave).get("/settings/api/").status_code == 403
