"""The demo itself: what a lively sales department looks like after two months."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from infra import audit
from infra.kit.access import Actor
from modules.crm.contracts import LeadIntake
from modules.crm.demo.ageing import age
from modules.crm.demo.catalogue import stock_up
from modules.crm.demo.history import year_behind
from modules.crm.demo.items import begin_objects
from modules.crm.demo.rules import automate
from modules.crm.demo.sales import plan_leads, sell
from modules.crm.demo.texts import Texts, texts_for
from modules.crm.domain.access import usual_pipeline
from modules.crm.domain.activity import comment_on
from modules.crm.domain.intake import accept_lead
from modules.crm.domain.kinds import LEAD
from modules.crm.domain.lead import NewLead, assign_lead, create_lead, move_lead
from modules.crm.models import Lead, RotationMember, Stage
from tenants.people.models import User

LEADS = 64
DAYS = 60
TWIN = 31  # the lead in which somebody known asks again: the one example of a duplicate
_STAGE_WEIGHTS = (22, 16, 10, 8, 26, 18)


def demo(portal: Any) -> None:
    """Fill a demo portal through the same verbs that people use; a portal that has leads is left alone."""
    if Lead.objects.exists():
        return
    dice = random.Random(20260301)  # noqa: S311 -- the same demo every time
    texts = texts_for(portal.locale)
    people = list(User.objects.employees().order_by("pk"))
    sellers = people[1:4] or people
    stages = list(usual_pipeline().stages.order_by("position", "id"))
    now = timezone.now()
    with transaction.atomic():
        RotationMember.objects.bulk_create(RotationMember(person=person) for person in sellers)
        for number in range(LEADS):
            since = timedelta(days=DAYS * (1 - number / LEADS) ** 1.6, minutes=dice.randint(0, 300))
            _lead(dice, texts, people, sellers, stages, number, now - since)
        sell(dice, texts, people[0], sellers, now)
        stock_up(dice, portal.locale, people[0])
        year_behind(dice, texts, people[0], sellers, now)
        automate(people[0], sellers, portal.locale)
        begin_objects(dice, texts, portal.locale, people[0], sellers, now)
        plan_leads(dice, texts)


def _lead(
    dice: random.Random,
    texts: Texts,
    people: list[User],
    sellers: list[User],
    stages: list[Stage],
    number: int,
    at: datetime,
) -> None:
    seller = dice.choice(sellers)
    first, last = dice.choice(texts.first_names), dice.choice(texts.last_names)
    company = dice.choice(texts.companies) if dice.random() < 0.6 else ""
    subject, low, high = dice.choice(texts.subjects)
    name, phone, email = f"{first} {last}", texts.phone_of(number), texts.email_of(number, company)
    if number == TWIN and (twin := Lead.objects.order_by("-pk").first()) is not None:
        known = twin.contact_points.filter(kind="phone").first()
        name, company, phone = twin.person_name, twin.company_name, known.typed if known else phone
    if number % 3 == 0:
        intake = LeadIntake(
            event_id=UUID(int=dice.getrandbits(128), version=4),
            source="form",
            source_detail=texts.form,
            title=subject,
            person_name=name,
            company_name=company,
            phones=(phone,),
            emails=(email,),
            comment=dice.choice(texts.wishes),
            marks={"utm_source": dice.choice(["google", "yandex", "newsletter"]), "utm_campaign": texts.campaign},
            answers=((texts.question, dice.choice(texts.wishes)),),
            received_at=at,
        )
        with audit.dated(at):
            lead = Lead.objects.get(pk=accept_lead(intake).lead.id)
    else:
        new = NewLead(
            title=f"{subject}: {company or name}",
            person_name=name,
            company_name=company,
            phones=[phone],
            emails=[email] if dice.random() < 0.7 else [],
            source=dice.choice(["call", "email", "referral", "ad", "event", "social"]),
            amount=Decimal(dice.randint(low, high)) * 10,
            responsible_id=seller.pk,
            comment=dice.choice(texts.wishes) if dice.random() < 0.4 else "",
        )
        with audit.dated(at):
            lead = create_lead(actor=people[0], new=new)
    moved = at + (timezone.now() - at) * dice.uniform(0.1, 0.6)
    with audit.dated(moved):
        _work(dice, texts, lead, seller, stages)
    age(LEAD, lead, at=at, moved=moved, dice=dice)


def _work(dice: random.Random, texts: Texts, lead: Lead, seller: Actor, stages: list[Stage]) -> None:
    target = dice.choices(range(len(stages)), weights=_STAGE_WEIGHTS[: len(stages)])[0]
    if lead.responsible_id is None:
        assign_lead(actor=seller, lead=lead, responsible_id=seller.id)
    owner = User.objects.get(pk=lead.responsible_id or seller.id)
    if target:
        move_lead(actor=owner, lead=lead, stage=stages[min(target, 1)])
        if target > 1:
            move_lead(actor=owner, lead=lead, stage=stages[target])
    for text in dice.sample(texts.comments, dice.randint(0, 3)):
        comment_on(actor=owner, record=lead, text=text)
