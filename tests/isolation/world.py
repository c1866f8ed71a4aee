"""Two companies furnished alike: one record of every kind in each, with equal ids and a canary of their own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from billing.domain.wallet import top_up
from billing.models import Invoice
from billing.rating.domain.bundles import grant
from billing.rating.domain.devices import add_device
from billing.rating.models import Call
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.api.tokens import issue_token
from infra.db.current import enter
from infra.db.owner import owner_connection
from infra.jobs.models import Job
from infra.kit.refs import RecordRef
from infra.outbox.models import Delivery, OutboxEvent
from infra.ui.lists.saved import save_view
from infra.ui.notifications import notify
from infra.webhooks.domain.hooks import add_webhook, ping
from modules.crm.domain.access import visible
from modules.crm.domain.activity import Plan, plan_activity
from modules.crm.domain.activity_kind import KindDesign, write_kind
from modules.crm.domain.bulk import delete_records
from modules.crm.domain.custom_field import FieldDesign, add_field, retire_field
from modules.crm.domain.files import keep_upload
from modules.crm.domain.importing.imports import take_file
from modules.crm.domain.item_type import TypeDesign, create_type, delete_type
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, PRODUCT, QUOTE, kind_named
from modules.crm.domain.lead import NewLead, create_lead
from modules.crm.domain.letter import write_template
from modules.crm.domain.lost_reason import add_reason
from modules.crm.domain.pipeline import create_pipeline
from modules.crm.domain.reports.catalogue import source_named
from modules.crm.domain.reports.mailing import set_mailing
from modules.crm.domain.reports.saved import save_report
from modules.crm.domain.rules.hearing import start_runs
from modules.crm.domain.rules.rule import Design, create_rule
from modules.crm.domain.selling.document_status import issue_invoice
from modules.crm.domain.selling.letterhead import set_letterhead
from modules.crm.domain.selling.payment import record_payment
from modules.crm.domain.selling.price_type import add_price_type
from modules.crm.domain.selling.product_picture import set_picture
from modules.crm.domain.selling.product_rows import set_rows
from modules.crm.domain.selling.product_section import set_section
from modules.crm.domain.selling.public_link import open_link
from modules.crm.domain.selling.requisite import NewRequisite, set_requisite
from modules.crm.models import DuplicatePair, Import, RuleRun
from modules.sites.domain.submission import Sent, published_form, submit_form
from modules.sites.models import SubmissionFile
from saas.operator.domain.support import let_in
from tenants.people.domain.department import create_department
from tenants.people.domain.invitation import invite_people
from tenants.people.domain.photo import set_photo
from tenants.people.domain.role import built_in_role, create_role
from tenants.people.models import Role, User
from tenants.portals.domain.custom_domain import claim_domain
from tenants.portals.models import Portal
from tests.factories.record import record
from tests.factories.site import ANSWERS, form_of, site
from tests.support import portals

START = 700_001


@dataclass
class Company:
    """A furnished company: its people by role, and for every URL parameter the value that leads to its own record."""

    portal: Portal
    canary: str
    owner: User
    employee: User
    guest: User
    samples: dict[str, Any] = field(default_factory=dict)


def align_sequences(*companies: Portal) -> None:
    """Let both portals count on from the same number, whatever other tests used up, so that ids are equal."""
    with owner_connection() as connection_:
        for portal in companies:
            rows = connection_.execute(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(sequencename) FROM pg_sequences"
                " WHERE schemaname = %s",
                [portal.schema_name],
            ).fetchall()
            for (name,) in rows:
                connection_.execute("SELECT setval(%s::regclass, %s, false)", [name, START])


def furnish(slug: str) -> Company:
    """One record of every kind in the portal at `slug`, by the verbs that make real ones, each with the canary."""
    portal = portals.get(slug)
    canary = f"{slug}-canary"
    people = {"acme": ("alice", "bob", "dave"), "globex": ("charlie", "gina", "gwen")}[slug]
    owner, employee, guest = (portals.person(portal, name) for name in people)
    company = Company(portal, canary, owner, employee, guest)
    with enter(portal), transaction.atomic():
        _people(company)
        _crm(company)
        _sites(company)
        _ground(company)
        _calls(company)
    return company


def _calls(company: Company) -> None:
    device = add_device(actor=company.owner, label=company.canary).device
    call = Call.objects.create(
        call_id=company.canary,
        portal=company.portal,
        device=device,
        number="442079460123",
        destination=company.canary,
        route="standard",
        state=Call.State.DROPPED,
        currency="USD",
        granted=60,
        authorized_at=timezone.now(),
    )
    pack = grant(portal_id=company.portal.pk, title=company.canary, seconds=60, cause=f"pack:{company.canary}")
    company.samples |= {"rating:device": device.pk, "rating:call": call.pk, "rating:pack": pack.pk}


def _people(company: Company) -> None:
    owner, canary, samples = company.owner, company.canary, company.samples
    department = create_department(actor=owner, name=canary)
    role = create_role(actor=owner, name=canary, base="employee")
    invited = invite_people(actor=owner, emails=[f"guest@{canary}.example"], role=built_in_role(Role.Base.EMPLOYEE))
    picture = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    person = set_photo(actor=owner, person=company.employee, upload=picture, size=len(picture.getvalue()))
    samples |= {
        "people:department": department.pk,
        "people:role": role.pk,
        "people:invitation": invited.sent[0].pk,
        "people:person": person.pk,
        "people:photo": person.photo_key,
    }


def _import(company: Company) -> int:
    table = SimpleUploadedFile("table.csv", f"Name;E-mail\n{company.canary};nobody".encode())
    made = take_file(actor=company.owner, kind=CONTACT, upload=table)
    Import.objects.filter(pk=made.pk).update(refused_count=1)
    return made.pk


def _crm(company: Company) -> None:
    new = NewLead(
        title=f"Lead {company.canary}",
        person_name=company.canary,
        phones=("+44 20 7946 0123",),
        amount=Decimal("10.00"),
    )
    lead = create_lead(actor=company.owner, new=new)
    pipeline = create_pipeline(actor=company.owner, name=company.canary)
    sold = record(company.owner, COMPANY, name=company.canary)
    person = record(company.owner, CONTACT, first_name=company.canary, companies=[sold.pk])
    deal = record(company.owner, DEAL, title=f"Deal {company.canary}", company_id=sold.pk, contacts=[person.pk])
    when = timezone.now() + timedelta(days=1)
    plan = Plan(kind="call", subject=company.canary, due_at=when)
    own = add_field(actor=company.owner, kind=DEAL, design=FieldDesign(name=company.canary))
    retired = add_field(actor=company.owner, kind=DEAL, design=FieldDesign(name=f"Retired {company.canary}"))
    retire_field(actor=company.owner, row=retired)
    upload = SimpleUploadedFile("canary.txt", company.canary.encode())
    details = NewRequisite(template="eu_org", values={"full_name": company.canary})
    doomed = record(company.owner, DEAL, title="Doomed")
    papers = _papers(company)
    design = TypeDesign(name=company.canary, plural=f"Claims {company.canary}", links=["company"], with_dates=True)
    claims = create_type(actor=company.owner, design=design)
    trashed = create_type(actor=company.owner, design=replace(design, plural=f"Gone {company.canary}", staged=False))
    delete_type(actor=company.owner, row=trashed)
    claim = record(company.owner, kind_named(f"item_{claims.pk}"), title=company.canary, company_id=sold.pk)
    rows = visible(company.owner, DEAL).filter(pk=doomed.pk)
    report = save_report(actor=company.owner, source=source_named("sales"), name=company.canary, query="by=client")
    set_mailing(actor=company.owner, report=report, every="week", day=1, hour=8, people=[company.owner.pk])
    company.samples |= {
        "crm:report": report.pk,
        "crm:deal": deal.pk,
        "crm:contact": person.pk,
        "crm:company": sold.pk,
        "crm:activity": plan_activity(actor=company.owner, record=deal, plan=plan).pk,
        "crm:field": own.pk,
        "crm:retired_field": retired.pk,
        "crm:file": keep_upload(actor=company.owner, record=deal, upload=upload).pk,
        "crm:company_requisite": set_requisite(actor=company.owner, record=sold, new=details).pk,
        "crm:contact_requisite": set_requisite(actor=company.owner, record=person, new=details).pk,
        "crm:change": delete_records(actor=company.owner, kind=DEAL, rows=rows).pk,
        "crm:import": _import(company),
        "crm:pair": DuplicatePair.objects.create(
            kind="contact", left_id=person.pk, right_id=person.pk + 1, score=90, seen_at=timezone.now()
        ).pk,
        **_rules(company, deal),
        "crm:price_type": add_price_type(actor=company.owner, name=company.canary).pk,
        "crm:reason": add_reason(actor=company.owner, name=company.canary).pk,
        "crm:lead": lead.pk,
        **papers,
        "crm:type": claims.pk,
        "crm:trashed_type": trashed.pk,
        "crm:item": claim.pk,
        "crm:pipeline": pipeline.pk,
        "crm:stage": pipeline.stages.order_by("pk")[0].pk,
    }


def _papers(company: Company) -> dict[str, Any]:
    """A product with a picture, a quote behind a link, an invoice with a payment, a company of our own with a stamp."""
    owner, canary = company.owner, company.canary
    picture = BytesIO()
    Image.new("RGBA", (8, 8), "teal").save(picture, "PNG")
    ours = record(owner, COMPANY, name=f"Ours {canary}", is_own="yes")
    set_letterhead(actor=owner, company=ours, lines={}, pictures={"stamp": BytesIO(picture.getvalue())})
    section = set_section(actor=owner, name=canary)
    product = record(owner, PRODUCT, title=canary, section_id=section.pk)
    set_picture(actor=owner, product=product, upload=BytesIO(picture.getvalue()))
    quote = open_link(actor=owner, record=record(owner, QUOTE, title=canary, currency="USD"))
    bill = record(owner, INVOICE, title=canary, currency="USD")
    bill = set_rows(actor=owner, record=bill, rows=[{"product": product.pk, "price": "5"}])
    bill = issue_invoice(actor=owner, invoice=bill)
    return {
        "crm:own_company": ours.pk,
        "crm:section": section.pk,
        "crm:product": product.pk,
        "crm:quote": quote.pk,
        "crm:invoice": bill.pk,
        "crm:payment": record_payment(actor=owner, invoice=bill, amount="1", note=canary).pk,
    }


def _rules(company: Company, deal: Any) -> dict[str, Any]:
    owner, canary = company.owner, company.canary
    letter = write_template(actor=owner, kind=DEAL, name=canary, subject=canary, body=canary)
    steps = [{"do": "letter", "template": letter.pk}]
    rule = create_rule(actor=owner, kind=DEAL, design=Design(name=canary, trigger="created", steps=steps))
    own_kind = write_kind(actor=owner, design=KindDesign(name=canary))
    run = start_runs([rule], deal, uuid4(), tell=False)[0]
    RuleRun.objects.filter(pk=run.pk).update(status="failed", error=canary, done_at=timezone.now())
    return {
        "crm:letter": letter.pk,
        "crm:rule": rule.pk,
        "crm:rule_run": run.pk,
        "crm:activity_kind": own_kind.pk,
    }


def _sites(company: Company) -> None:
    made = site(company.canary, actor=company.owner, name=f"Site {company.canary}")
    form = form_of(made)
    values = {**ANSWERS, "f1": company.canary}
    sent = Sent(values=values, ip="192.0.2.1", trusted=True)
    receipt = submit_form(published=published_form(form.public_id), sent=sent)
    made.refresh_from_db()
    company.samples |= {
        "sites:site": made.pk,
        "sites:page": made.pages.get(path="").pk,
        "sites:page_version": made.pages.get(path="").versions.get().pk,
        "sites:form": form.pk,
        "sites:submission": receipt.submission_id,
        "sites:publication": made.publication_id,
        "sites:submission_file": _file(receipt.submission_id),
    }


def _money(company: Company) -> dict[str, Any]:
    """The ledger's numbers are the service's own, so they differ between companies, unlike those inside portals."""
    portal = company.portal
    posting = top_up(
        portal_id=portal.pk, amount=Decimal(10), currency="USD", cause=f"topup:{company.canary}", note=company.canary
    )
    party = {"legal_name": company.canary}
    invoice = Invoice.objects.create(
        portal_id=portal.pk, series=company.canary, serial=1, purpose="top_up", currency="USD", lines=[], total=10,
        seller=party, buyer=party, language="en", issued_on=timezone.now().date(),
    )  # fmt: skip
    return {"billing:posting": posting.pk, "billing:invoice": invoice.pk}


def _file(submission_id: int) -> int:
    stored = get_storage().put(portal_key(f"sites/sent/{random_name()}"), b"x", "text/plain")
    values = {"field_key": "f1", "name": "x.txt", "key": stored.key, "size": 1, "content_type": "text/plain"}
    return SubmissionFile.objects.create(submission_id=submission_id, **values).pk


def _ground(company: Company) -> None:
    owner, canary = company.owner, company.canary
    lead = RecordRef("crm", "lead", company.samples["crm:lead"])
    notification = notify(person_ids=[owner.pk], text=canary, ref=lead, url=reverse("crm:lead", args=[lead.id]))[0]
    job = Job.objects.create(title=canary, task="crm.nothing", started_by_id=owner.pk)
    hook = add_webhook(actor=owner, name=canary, url="https://hooks.example/x", events=["*"])
    company.samples["webhooks:webhook"] = hook.pk
    company.samples["webhooks:message"] = ping(actor=owner, webhook=hook).pk
    issued = issue_token(actor=owner, name=canary, scopes=["crm.lead.view"])
    event = OutboxEvent.objects.create(name="crm.lead_created", payload={})
    delivery = Delivery.objects.create(
        event=event, handler="nowhere", mode="worker", status="dead", next_attempt_at=timezone.now(), last_error=canary
    )
    claim = claim_domain(actor=owner, portal=company.portal, domain=f"{canary}.example.com")
    key = portal_key(canary)
    get_storage().put(key, canary.encode(), "text/plain")
    company.samples |= {
        "ui:notification": notification.pk,
        "ui:saved_view": save_view(actor=owner, screen="crm.leads", name=canary, query=f"q={canary}").pk,
        "jobs:job": job.pk,
        "outbox:delivery": delivery.pk,
        "api:token": issued.token.pk,
        **_money(company),
        "operator:access": let_in(actor=owner, hours=1, reason=canary).pk,
        "portals:claim": claim.pk,
        "storage:key": key,
    }
