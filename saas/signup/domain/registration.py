"""A company registers: its portal, its owner and its trial come to be in one transaction, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from billing.domain import catalogue
from billing.domain.subscription import start_trial
from billing.models import Plan
from infra.db.current import enter
from infra.kit.errors import Conflict, Invalid
from saas.signup.models import Registration
from tenants.people.models import User
from tenants.people.public import create_owner, issue_entry_ticket
from tenants.portals.models import Portal
from tenants.portals.public import claim_portal

REPEATED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Company:
    """What a company says about itself when it registers. `locale` is an offered language, `time_zone` an IANA name."""

    company: str
    name: str
    email: str
    password: str
    address: str
    locale: str = "en"
    region: str = ""
    time_zone: str = "UTC"
    currency: str = "USD"


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A portal that has just come to be. `ticket` lets its owner in once, within minutes; "" when it was used."""

    portal: Portal
    owner_id: int
    ticket: str
    is_new: bool


@transaction.atomic
def register_company(*, form: str, company: Company) -> Registered:
    """Make the portal that the form numbered `form` asks for; the same form sent twice gives the same portal.

    Raises Invalid (fields `company`, `name`, `email`, `password`, `address` and those of the portal's settings),
    Conflict when the form was used for something else, Unavailable when no schema could be had.
    """
    with connection.cursor() as cursor:  # the second click waits here for the first
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"signup {form}"])
    found = Registration.objects.select_related("portal").filter(form=form).first()
    return _again(found, company) if found is not None else _register(form, company)


def is_registered(form: str) -> bool:
    """Whether the form numbered `form` has made its portal."""
    return Registration.objects.filter(form=form).exists()


def _register(form: str, company: Company) -> Registered:
    trial_days = catalogue.plan_in_role(Plan.Role.TRIAL).plan.trial_days
    now = datetime.now(UTC)
    with _field_renamed("name", "company"):
        portal = claim_portal(
            name=company.company,
            address=company.address,
            locale=company.locale,
            region=company.region,
            time_zone=company.time_zone,
            currency=company.currency,
            trial_ends_at=now + timedelta(days=trial_days),
        )
    start_trial(portal=portal, now=now)
    with _field_renamed("first_name", "name"):
        owner = create_owner(
            portal=portal, name=company.name, email=company.email, password=company.password, locale=company.locale
        )
    Registration.objects.create(form=form, portal=portal, owner=owner.pk)
    with enter(portal):
        ticket = issue_entry_ticket(owner)
    return Registered(portal=portal, owner_id=owner.pk, ticket=ticket, is_new=True)


def _again(found: Registration, company: Company) -> Registered:
    """The second click: the same person gets the same answer, anybody else none."""
    with enter(found.portal):
        owner = User.objects.filter(pk=found.owner).first()
        same = (
            owner is not None
            and owner.email == company.email.strip().lower()
            and datetime.now(UTC) - found.registered_at < REPEATED_WITHIN
            and owner.check_password(company.password)
        )
        if not same or owner is None:
            raise Conflict(_("This form has been used already. Open a new one."), code="form_used")
        ticket = issue_entry_ticket(owner) if owner.last_login is None else ""
    return Registered(portal=found.portal, owner_id=owner.pk, ticket=ticket, is_new=False)


@contextmanager
def _field_renamed(before: str, after: str) -> Iterator[None]:
    """Refusals inside speak of the field `before`; on the form it is called `after`."""
    try:
        yield
    except Invalid as error:
        error.fields = {after if name == before else name: texts for name, texts in error.fields.items()}
        raise
