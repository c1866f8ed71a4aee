"""Export and erasure know every table of a portal: a model that nobody classified fails here (promise 50)."""

from __future__ import annotations

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.utils.module_loading import import_string

from infra.api.tokens import issue_token
from infra.db.current import enter
from infra.jobs.models import Job
from infra.kit.registry import registry
from infra.ui.notifications import notify
from modules.crm.domain.activity import comment_on
from modules.crm.domain.lead import NewLead, create_lead
from saas.settings.apps import PORTAL_APPS
from tenants.people.domain.person import Profile, deactivate_person, edit_profile
from tenants.portals.models import Portal
from tests.isolation.world import furnish
from tests.support import clients

PHONE = "+442079460999"

# Not a company's data: what the machinery needs and makes anew, or what would open doors elsewhere.
LEFT_OUT = {
    "contenttypes.ContentType": "made by migrations",
    "auth.Permission": "made by migrations",
    "auth.Group": "not used: roles are people.Role",
    "auth.Group_permissions": "not used",
    "sessions.Session": "opens the door; ends by itself",
    "usersessions.UserSession": "goes with its session",
    "mfa.Authenticator": "secrets of second factors",
    "account.EmailAddress": "repeats people.User.email",
    "account.EmailConfirmation": "keys of letters",
    "api.GivenAnswer": "answers kept for repeated requests, gone after a day",
}


def portal_models() -> list[type[Model]]:
    """Every model with a table in a portal's schema."""
    names = {app.rsplit(".", 1)[-1] for app in PORTAL_APPS}
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in names]


def test_every_model_is_exported_or_left_out_for_a_reason() -> None:
    exported = [label for spec in registry.modules.values() for label in spec.export]
    assert len(exported) == len(set(exported))
    models = {model._meta.label for model in portal_models() if not model._meta.proxy}
    assert set(exported) - models == set(), "exported, but no such model"
    assert set(LEFT_OUT) - models == set(), "left out, but no such model"
    assert models - set(exported) - set(LEFT_OUT) == set(), "neither exported nor left out"


# Tables where a forgotten person may still be read, and why.
KEEPS_NAMES = {"audit_auditentry": "the record of who did what is append-only, even for the application"}


def test_a_forgotten_person_is_named_nowhere(db: None) -> None:
    company = furnish("acme")
    person, canary = company.employee, "quetzalcoatl"
    with enter(company.portal):
        profile = Profile(first_name=canary, last_name=canary, about=canary, job_title=canary, mobile_phone=PHONE)
        edit_profile(actor=person, person=person, profile=profile)
        client = clients.signed_in(person)
        lead = create_lead(actor=company.owner, new=NewLead(title="Oak table", responsible_id=person.pk))
        comment_on(actor=person, record=lead, text="Called")
        client.post("/api/v1/leads", {"title": "x"}, content_type="application/json", headers={"Idempotency-Key": "k"})
        client.post("/crm/?order=-amount", {"do": "save_view", "name": canary})
        issue_token(actor=person, name=canary, scopes=["crm.lead.view"])
        notify(person_ids=[person.pk], text=canary)
        Job.objects.create(title=canary, task="crm.nothing", started_by_id=person.pk)
        person.refresh_from_db()
        traces = [canary, person.email, PHONE]
        assert {"people_user", "ui_notification", "api_token", "jobs_job"} <= found(company.portal, traces)

        deactivate_person(actor=company.owner, person=person)
        for spec in registry.modules.values():
            if spec.erase:
                import_string(spec.erase)(person.pk)

        assert found(company.portal, traces) - set(KEEPS_NAMES) == set()


def found(portal: Portal, traces: list[str]) -> set[str]:
    """Tables of the portal in which one of `traces` can be read."""
    tables = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", [portal.schema_name])
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT 1 FROM "{portal.schema_name}"."{table}" AS row WHERE row::text ILIKE ANY(%s) LIMIT 1',
                [[f"%{trace}%" for trace in traces]],
            )
            if cursor.fetchone():
                tables.add(table)
    return tables
