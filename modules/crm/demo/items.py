"""The demo company's own objects: claims with a number, and contracts with a term."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone, translation

from infra import audit
from modules.crm.demo.ageing import age
from modules.crm.demo.sales import at_work
from modules.crm.demo.texts import Texts
from modules.crm.domain.access import access_stage, usual_pipeline
from modules.crm.domain.activity import Plan, comment_on, plan_activity
from modules.crm.domain.item_presets import PRESETS
from modules.crm.domain.item_type import create_type, design_from
from modules.crm.domain.kinds import Kind, custom_fields, kind_named
from modules.crm.domain.record import create_record, move_record
from modules.crm.models import Affiliation, Company, Item, LostReason
from tenants.people.models import User

CLAIMS, CONTRACTS = 14, 11
_HOW_FAR = (0, 0, 1, 1, 1, 2, 3, 3, 3, 4)


def begin_objects(
    dice: random.Random, texts: Texts, locale: str, owner: User, sellers: list[User], now: datetime
) -> None:
    """Make two kinds and fill them through the verbs that people use."""
    with translation.override(locale):
        claims, contracts = (_kind(owner, key) for key in ("claim", "contract"))
    companies = list(Company.objects.alive().filter(is_own=False).order_by("pk"))
    for number in range(CLAIMS):
        values = {"title": dice.choice(texts.claims), "amount": dice.randint(4, 90) * 10}
        _fill(dice, texts, claims, owner, companies, sellers, values, now - timedelta(days=40 * (1 - number / CLAIMS)))
    for number in range(CONTRACTS):
        begins = timezone.localdate() + timedelta(days=dice.randint(-330, 20))
        values = {
            "title": f"{texts.contract} {number + 101}",
            "amount": dice.randint(20, 400) * 100,
            "begins_on": begins,
            "closes_on": begins + timedelta(days=364),
        }
        _fill(
            dice,
            texts,
            contracts,
            owner,
            companies,
            sellers,
            values,
            now - timedelta(days=90 * (1 - number / CONTRACTS)),
        )


def _kind(owner: User, key: str) -> Kind:
    design = vars(design_from(PRESETS[key])) | {"pinned": key == "claim"}
    row = create_type(actor=owner, design=type(design_from(PRESETS[key]))(**design), preset=key)
    return kind_named(f"item_{row.pk}")


def _fill(
    dice: random.Random,
    texts: Texts,
    kind: Kind,
    owner: User,
    companies: list[Company],
    sellers: list[User],
    values: dict[str, Any],
    at: datetime,
) -> None:
    company, seller = dice.choice(companies), dice.choice(sellers)
    person = Affiliation.objects.filter(company=company).order_by("position", "id").first()
    values |= {"company_id": company.pk, "contact_id": person.contact_id if person else None}
    for field in custom_fields(kind):
        match field.type:
            case "choice":
                values[field.key] = dice.choice(field.choices)[0]
            case "date":
                values[field.key] = (at + timedelta(days=14)).date()
            case "yesno":
                values[field.key] = dice.random() < 0.5
            case "person":
                values[field.key] = seller.pk
            case "text":
                values[field.key] = f"{dice.randint(10, 99)}/{at.year}"
    since = at + (timezone.now() - at) / 2
    with audit.dated(at):
        item: Item = create_record(actor=owner, kind=kind, values=values, responsible_id=seller.pk)
    stages = list(usual_pipeline(kind).stages.order_by("position", "id"))
    stage = stages[dice.choice(_HOW_FAR)]
    if stage.pk != item.stage_id:
        reason = LostReason.objects.order_by("?").values_list("pk", flat=True).first() if stage.kind == "lost" else None
        with audit.dated(since):
            move_record(actor=owner, record=item, stage=access_stage(stage.pk, kind), lost_reason_id=reason)
    if dice.random() < 0.5:
        comment_on(actor=owner, record=item, text=dice.choice(texts.comments))
    if stage.kind == "open" and dice.random() < 0.6:
        due = at_work(dice, dice.choice((-1, 0, 1, 2, 3, 4)))
        plan = Plan(kind="call", due_at=due, subject=dice.choice(texts.steps), responsible_id=seller.pk)
        plan_activity(actor=owner, record=item, plan=plan)
    age(kind, item, at=at, moved=since, dice=dice)
