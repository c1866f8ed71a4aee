"""The demo company's clients: companies with branches, their people, deals on their way, and what is planned."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from infra import audit
from modules.crm.demo.ageing import age
from modules.crm.demo.texts import Texts
from modules.crm.domain.access import access_stage, usual_pipeline
from modules.crm.domain.activity import Plan, comment_on, plan_activity
from modules.crm.domain.custom_field import FieldDesign, add_field
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL
from modules.crm.domain.record import create_record, move_record
from modules.crm.domain.selling.requisite import NewRequisite, set_requisite
from modules.crm.models import Company, Contact, CustomField, Deal, Lead, LostReason
from tenants.people.models import User

DEALS = 46
_WEIGHTS = (7, 8, 9, 6, 5, 14, 6)
_INDUSTRIES = ("food", "health", "food", "tourism", "education", "consulting", "construction", "trade")


def at_work(dice: random.Random, days: int) -> datetime:
    """A full or half hour of the working day that is `days` from today."""
    day = timezone.localtime() + timedelta(days=days)
    return day.replace(hour=dice.randint(9, 16), minute=dice.choice((0, 30)), second=0, microsecond=0)


def sell(dice: random.Random, texts: Texts, owner: User, sellers: list[User], now: datetime) -> None:
    """Fill contacts, companies and deals through the verbs that people use."""
    fields = _fields(owner, texts)
    companies = _companies(dice, texts, owner, sellers)
    pairs = enumerate(company for company in companies for _one in range(2))
    contacts = [_contact(dice, texts, owner, company, sellers, 200 + place) for place, company in pairs]
    for number in range(DEALS):
        _deal(dice, texts, owner, sellers, contacts, fields, now - timedelta(days=75 * (1 - number / DEALS) ** 1.4))


def _fields(owner: User, texts: Texts) -> list[CustomField]:
    delivery, weekly, *names = texts.fields
    return [
        add_field(
            actor=owner,
            kind=DEAL,
            design=FieldDesign(name=delivery, type="choice", options=names, in_list=False),
        ),
        add_field(actor=owner, kind=DEAL, design=FieldDesign(name=weekly, type="number", places=0)),
    ]


def plan_leads(dice: random.Random, texts: Texts) -> None:
    """A next step of most open leads, this week and the next."""
    for lead in Lead.objects.filter(closed_at=None, next_step_at=None).select_related("responsible").order_by("pk"):
        if lead.responsible is not None and dice.random() < 0.7:
            due = at_work(dice, dice.choice((-1, 0, 1, 1, 2, 3, 4, 7, 8, 9, 10)))
            plan = Plan(kind=dice.choice(["call", "meeting", "letter"]), subject=dice.choice(texts.steps), due_at=due)
            plan_activity(actor=lead.responsible, record=lead, plan=plan)


def _companies(dice: random.Random, texts: Texts, owner: User, sellers: list[User]) -> list[Company]:
    own = create_record(actor=owner, kind=COMPANY, values={"name": texts.own_company, "is_own": True})
    template, tax = texts.requisite
    values = {"full_name": texts.own_company, "legal_address": texts.address, tax[0]: tax[1]}
    account = {"bank": texts.bank, "account": "40702810900000000001"}
    set_requisite(actor=owner, record=own, new=NewRequisite(template=template, values=values, accounts=[account]))
    made: list[Company] = []
    for place, name in enumerate(texts.companies):
        parent = made[0].pk if place in (2, 3) else None
        values_of: dict[str, Any] = {
            "name": name,
            "industry": _INDUSTRIES[place % len(_INDUSTRIES)],
            "employees": dice.choice(["10", "50", "250"]),
            "phones": [{"typed": texts.phone_of(100 + place), "label": "work"}],
            "emails": [{"typed": texts.email_of(100 + place, name)}],
            "addresses": [{"kind": "actual", "street": texts.streets[place % len(texts.streets)], "city": texts.city}],
            "parent_id": parent,
        }
        seller = dice.choice(sellers)
        made.append(create_record(actor=owner, kind=COMPANY, values=values_of, responsible_id=seller.pk))
    return made


def _contact(
    dice: random.Random, texts: Texts, owner: User, company: Company, sellers: list[User], number: int
) -> Contact:
    values = {
        "first_name": dice.choice(texts.first_names),
        "last_name": dice.choice(texts.last_names),
        "phones": [{"typed": texts.phone_of(number), "label": "mobile"}],
        "emails": [{"typed": texts.email_of(number, company.name)}],
        "companies": [{"company": company.pk, "post": dice.choice(texts.posts)}],
    }
    seller = company.responsible_id or dice.choice(sellers).pk
    made: Contact = create_record(actor=owner, kind=CONTACT, values=values, responsible_id=seller)
    return made


def _deal(
    dice: random.Random,
    texts: Texts,
    owner: User,
    sellers: list[User],
    contacts: list[Contact],
    fields: list[CustomField],
    at: datetime,
) -> None:
    seller, contact = dice.choice([*sellers, owner]), dice.choice(contacts)
    company = contact.companies.get()
    subject, low, high = dice.choice(texts.subjects)
    option = dice.choice(list(fields[0].options.all()))
    values = {
        "title": f"{subject}: {company.name}",
        "amount": Decimal(dice.randint(low, high)) * 10,
        "company_id": company.pk,
        "contacts": [contact.pk],
        "closes_on": timezone.localdate() + timedelta(days=dice.randint(-6, 40)),
        "source": dice.choice(["call", "email", "referral", "ad", "event"]),
        "comment": dice.choice(texts.wishes) if dice.random() < 0.5 else "",
        fields[0].key: option.pk,
        fields[1].key: dice.randint(1, 12) * 10,
    }
    with audit.dated(at):
        deal: Deal = create_record(actor=owner, kind=DEAL, values=values, responsible_id=seller.pk)
    moved = at + (timezone.now() - at) * dice.uniform(0.2, 0.8)
    stages = list(usual_pipeline(DEAL).stages.order_by("position", "id"))
    stage = dice.choices(stages, weights=_WEIGHTS[: len(stages)])[0]
    reason = dice.choice(list(LostReason.objects.all())).pk if stage.kind == "lost" else None
    if stage.position:
        with audit.dated(moved):
            move_record(actor=seller, record=deal, stage=access_stage(stage.pk, DEAL), lost_reason_id=reason)
    for text in dice.sample(texts.comments, dice.randint(0, 2)):
        comment_on(actor=seller, record=deal, text=text)
    if stage.kind == "open" and dice.random() < 0.75:
        due = at_work(dice, dice.choice((-1, 0, 0, 1, 1, 2, 3)))
        plan = Plan(
            kind=dice.choice(["call", "meeting", "letter", "task"]), subject=dice.choice(texts.steps), due_at=due
        )
        plan_activity(actor=seller, record=deal, plan=plan)
    age(DEAL, deal, at=at, moved=moved, dice=dice)
