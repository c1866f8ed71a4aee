"""The demo portal and the operator's portal of a local run, made by the verbs that make every portal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from billing.domain import catalogue
from billing.domain.subscription import start_trial
from billing.models import Plan
from infra.db.current import enter
from infra.kit.registry import registry
from saas.signup.domain.first_steps import skip_first_steps
from tenants.people.domain.owner import create_owner
from tenants.people.models import User
from tenants.portals.domain.claim import claim_portal
from tenants.portals.domain.spares import fill_pool
from tenants.portals.models import Portal, PublicHost
from tenants.portals.models.portal import url_of

PASSWORD = "walk-right-in"  # noqa: S105 - printed on the terminal; exists on *.localhost only
DEMO = "northwind"
OPERATOR = "backoffice"


def fill(portal: Portal) -> list[str]:
    """Let every module put its demo data into `portal`, all or nothing; answers the slugs of those that did."""
    filled = []
    with enter(portal), transaction.atomic():
        # The ground comes first: what modules show belongs to people and departments.
        for spec in sorted(registry.modules.values(), key=lambda spec: not spec.always_on):
            if spec.demo:
                import_string(spec.demo)(portal)
                filled.append(spec.slug)
    return filled


def prepare_demo() -> list[tuple[str, str]]:
    """Make both portals where they are missing; answers what to show: pairs of a name and an address or login."""
    fill_pool(size=2)  # the worker keeps it full later; here it would be empty for both
    demo = open_portal(DEMO, company="Northwind Bakery", owner="Olivia Baker")
    operator = open_portal(OPERATOR, company="Portal service", owner="Oscar Operator")
    sites = PublicHost.objects.filter(portal=demo).order_by("id")
    return [
        ("Service home", url_of(settings.BASE_DOMAIN)),
        ("Demo portal", demo.url),
        *(("Published site", url_of(site.host)) for site in sites[:1]),
        ("API docs", f"{demo.url}/api/v1/docs"),
        ("Operator console", f"{operator.url}/operator/"),
        ("Login, demo", f"owner@{DEMO}.example  {PASSWORD}"),
        ("Login, operator", f"owner@{OPERATOR}.example  {PASSWORD}"),
    ]


def open_portal(address: str, *, company: str, owner: str, asks: bool = False) -> Portal:
    """The portal at `address`, made where it is missing; `asks` leaves the owner's first steps to be taken."""
    found = Portal.objects.existing().filter(slug=address).first()
    if found is not None:
        return found
    with transaction.atomic():
        days = catalogue.plan_in_role(Plan.Role.TRIAL).plan.trial_days
        portal = claim_portal(
            name=company,
            address=address,
            trial_ends_at=datetime.now(UTC) + timedelta(days=days),
            is_operator=address == OPERATOR,
        )
        start_trial(portal=portal)
        email = f"owner@{address}.example"
        create_owner(portal=portal, name=owner, email=email, password=PASSWORD, confirm=False)
        with enter(portal):
            if not asks:
                skip_first_steps(actor=User.objects.get(email=email))
        if address == DEMO:
            fill(portal)
    return portal
