"""Portals beside the demo: one just opened, one of long names on a plan too small, one that may only be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.contracts import Period
from billing.domain import catalogue
from billing.domain.subscription import change_plan
from billing.models import Plan
from infra.db.current import enter
from infra.kit.access import SYSTEM
from saas.demo import OPERATOR, open_portal
from saas.screens.api import make, newest, send
from tenants.people.domain.account import make_account
from tenants.people.domain.department import create_department
from tenants.people.domain.role import built_in_role
from tenants.people.models import Role, User
from tenants.portals.domain.status import make_read_only
from tenants.portals.models import Portal

if TYPE_CHECKING:
    from playwright.sync_api import Page

BARE, LONG, FROZEN = "just-opened", "very-long-names", "only-to-read"
_WORDS = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_NAME = f"Interregional Association of Suppliers of Bread, Pastry and Confectionery “{_WORDS}” and Partners"
_PEOPLE = 14  # two more than the plan after the trial has room for


def open_extremes() -> dict[str, Portal]:
    """The three portals, made where they are missing, by the verbs that make every portal."""
    bare = open_portal(BARE, company="New Company", owner="Nora Newman", asks=True)
    long = open_portal(LONG, company=_NAME[:120], owner=f"Maximiliane {_WORDS[:60]}")
    frozen = open_portal(FROZEN, company="Quiet Company", owner="Quentin Reed")
    if frozen.status != Portal.Status.READ_ONLY:
        operator = Portal.objects.get(slug=OPERATOR)
        with enter(operator):
            by = User.objects.owners().order_by("id")[0]
            make_read_only(actor=by, portal=frozen, reason="The invoice of last month is not paid")
    with enter(long):
        if User.objects.count() == 1:
            _crowd()
            version = catalogue.plan_in_role(Plan.Role.FALLBACK)
            change_plan(actor=SYSTEM, portal=long, version=version, period=Period.MONTH, reason="screens")
    return {BARE: bare, LONG: long, FROZEN: frozen}


def _crowd() -> None:
    department = create_department(actor=SYSTEM, name=_NAME[:80])
    for number in range(1, _PEOPLE):
        make_account(
            email=f"wolfeschlegelsteinhausenbergerdorff.{number}@{LONG}.example",
            role=built_in_role(Role.Base.EMPLOYEE),
            password=None,
            email_verified=True,
            first_name="Hubert Blaine",
            last_name="Wolfeschlegelsteinhausenbergerdorff",
            department=department,
            profile={"job_title": "Deputy head of the department for the coordination of everything else"},
        )


def fill_long(page: Page) -> None:
    """Records with long names in the portal that `page` is signed in to, over the API; once."""
    if newest(page, "invoices"):
        return
    company = make(page, "companies", {"name": _NAME, "emails": ["long." + "x" * 50 + "@example.com"]})
    contact = make(page, "contacts", {"first_name": "Maximiliane", "last_name": _WORDS, "companies": [company]})
    lead = {"title": _NAME, "person_name": f"Hubert {_WORDS}", "company_name": _NAME, "comment": _NAME * 3}
    for number in range(3):
        make(page, "leads", {**lead, "phones": [f"+44207946{1000 + number}"], "amount": "123456789.99"})
    deal = make(page, "deals", {"title": _NAME, "company": company, "contacts": [contact], "amount": "98765432109.87"})
    rows = [{"title": _NAME, "price": "1234567.89", "quantity": "1234.5"} for _row in range(3)]
    send(page, f"deals/{deal}/rows", {"rows": rows}, "PUT")
    for paper in ("quote", "invoice"):
        send(page, f"deals/{deal}/{paper}")
