"""The API's description and the start-up check."""

from collections.abc import Callable

from django.test import Client
from rest_framework.routers import SimpleRouter

from infra.api.checks import actions_of, faults_of
from infra.api.routes import Router, router
from infra.api.viewsets import ListMixin, PortalViewSet
from tenants.portals.models import Portal


class Undeclared(ListMixin, PortalViewSet):
    """Declares nothing."""


class Unknown(ListMixin, PortalViewSet):
    """Names a permission nobody declares."""

    permissions = {"list": "crm.lead.fly"}


def test_a_route_without_permission_does_not_start() -> None:
    wrong = Router(trailing_slash=False)
    wrong.register("undeclared", Undeclared, basename="undeclared")
    wrong.register("unknown", Unknown, basename="unknown")
    assert list(faults_of(wrong)) == [
        "/undeclared (Undeclared): action 'list' declares no permission",
        "/unknown (Unknown): action 'list' names the unknown permission 'crm.lead.fly'",
    ]


def test_what_is_registered_is_declared() -> None:
    gathered: SimpleRouter = router()
    assert {prefix for prefix, _set, _name in gathered.registry} >= {"leads", "pipelines", "tokens"}
    assert list(faults_of(gathered)) == []
    leads = next(viewset for prefix, viewset, _name in gathered.registry if prefix == "leads")
    assert actions_of(gathered, leads) == set(leads.permissions)


def test_the_schema_describes_every_route(acme: Portal, anonymous: Callable[[Portal], Client]) -> None:
    answer = anonymous(acme).get("/api/v1/schema")
    assert answer.status_code == 200
    document = answer.json()
    assert document["openapi"].startswith("3.")
    create = document["paths"]["/api/v1/leads"]["post"]
    assert create["x-permission"] == "crm.lead.create"
    assert "Idempotency-Key" in {item["name"] for item in create["parameters"]}
    change = document["paths"]["/api/v1/leads/{id}"]["patch"]
    assert {"name": "If-Match", "required": True}.items() <= next(
        item for item in change["parameters"] if item["name"] == "If-Match"
    ).items()
    assert set(document["paths"]["/api/v1/jobs/{id}/cancel"]) == {"post"}
    filters = {item["name"]: item["schema"] for item in document["paths"]["/api/v1/leads"]["get"]["parameters"]}
    assert filters["amount_min"] == {"type": "number"}
    assert filters["kind"] == {"type": "string", "enum": ["open", "won", "lost"]}
    assert {"q", "stage", "created_at_after", "external_id", "order", "limit"} <= set(filters)
    assert {"/api/v1/jobs", "/api/v1/jobs/{id}"} <= set(document["paths"])
    assert {"/api/v1/leads/{id}/move", "/api/v1/pipelines", "/api/v1/me"} <= set(document["paths"])


def test_the_documentation_is_readable(acme: Portal, anonymous: Callable[[Portal], Client]) -> None:
    page = anonymous(acme).get("/api/v1/docs").content.decode()
    for text in ("/api/v1/leads/{id}/move", "Idempotency-Key", "crm.lead.create", "problem+json"):
        assert text in page
    assert "http://cdn" not in page
    assert "https://" not in page.replace("https://" + acme.host, "")
