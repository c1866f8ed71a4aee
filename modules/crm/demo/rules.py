"""The demo company's rules, its letter to clients, its own kinds of activities, and what the rules did of late."""

from __future__ import annotations

from uuid import uuid4

from django.utils import translation

from modules.crm.domain.activity_kind import KindDesign, write_kind
from modules.crm.domain.kinds import DEAL, KINDS
from modules.crm.domain.letter import write_template
from modules.crm.domain.rules.hearing import start_runs
from modules.crm.domain.rules.presets import PRESETS
from modules.crm.domain.rules.rule import Design, create_rule, switch_rule
from modules.crm.domain.rules.running import as_the_company, run_one
from modules.crm.models import Deal, Rule
from tenants.people.models import User

_KINDS = {
    "ru": (("Дегустация", "coffee", "warning", True), ("Доставка", "truck", "info", False)),
    "en": (("Tasting", "coffee", "warning", True), ("Delivery", "truck", "info", False)),
}
_LETTERS = {
    "ru": (
        "Спасибо за заказ",
        "Спасибо за заказ «{{title}}»",
        (
            "Здравствуйте, {{client}}!\n\nСпасибо, что выбрали нас. Ваш заказ на сумму {{amount}} принят.\n\n"
            "Если появятся вопросы, ответьте на это письмо: его прочтёт {{responsible}}.\n\n"
            "{{our.name}}"
        ),
    ),
    "en": (
        "Thank you for the order",
        "Thank you for “{{title}}”",
        (
            "Dear {{client}},\n\nThank you for choosing us. Your order for {{amount}} is with us.\n\n"
            "With any question answer this letter: {{responsible}} reads it.\n\n{{our.name}}"
        ),
    ),
}
_ON = ("unanswered", "stepless", "won", "late", "big", "birthday")
_SHOWN = 9


def automate(owner: User, sellers: list[User], locale: str) -> None:
    """Write them by the verbs that people use, after all records are there, and let one of them work."""
    language = "ru" if locale.startswith("ru") else "en"
    with translation.override(language):
        for name, icon, colour, has_result in _KINDS[language]:
            design = KindDesign(name=name, icon=icon, colour=colour, has_result=has_result)
            write_kind(actor=owner, design=design)
        name, subject, body = _LETTERS[language]
        write_template(actor=owner, kind=DEAL, name=name, subject=subject, body=body)
        made = {preset.key: _rule(owner, sellers, preset.key) for preset in PRESETS}
    for deal in Deal.objects.alive().filter(closed_at__isnull=True).order_by("-amount")[:_SHOWN]:
        start_runs([made["late"]], deal, uuid4(), tell=False)
    with as_the_company():
        while run_one():
            pass


def _rule(owner: User, sellers: list[User], key: str) -> Rule:
    preset = next(one for one in PRESETS if one.key == key)
    kind = KINDS[preset.kind]
    design = preset.design(kind)
    if key == "turns":
        people = [f"person:{seller.pk}" for seller in sellers]
        steps = [{"do": "assign", "people": people, "way": "turn", "hours": True}]
        design = Design(name=design.name, trigger=design.trigger, steps=steps)
    rule = create_rule(actor=owner, kind=kind, design=design)
    return switch_rule(actor=owner, rule=rule, on=True) if key in _ON else rule
