"""What a column of a file can become in a record of a kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.access import Actor
from infra.kit.errors import Text
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import (
    ADDRESSES,
    LOST_REASON,
    PEOPLE_OF_DEAL,
    PLACES_OF_WORK,
    POINTS,
    SECTIONS,
    Field,
    Type,
)
from modules.crm.domain.kinds import Kind, fields_of
from modules.crm.domain.selling.requisite_templates import TEMPLATES
from modules.crm.models import Address, ContactPoint

STAGE, RESPONSIBLE, CREATED, EXTERNAL, NOTE, FULL_NAME = (
    "stage",
    "responsible",
    "created_at",
    "external",
    "note",
    "full_name",
)
REQUISITE, COMPANY, CONTACT, PERSON = "requisite:", "company:", "contact:", "person:"
_NAMES = {"phones": ("work", "mobile", "home", "fax"), "emails": ("work", "home"), "sites": ()}
_LINES = ("street", "unit", "city", "region", "postal_code", "country")
_UNUSED = frozenset({Type.FILE, Type.FORMULA, LOST_REASON})


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something a column can be. `field` is the field it fills in, None for what is no field; `part` which part of it.

    Several columns may be the same target where it is `many`.
    """

    key: str
    title: Text
    group: Text
    field: Field | None = None
    part: str = ""
    many: bool = False


def targets_of(actor: Actor, kind: Kind) -> dict[str, Target]:
    """Everything that `actor` may fill in by a file, in the order of the card."""
    closed = levels(actor, kind)
    found = [target for item in fields_of(kind) if item.key not in closed for target in _of_field(kind, item)]
    group = _("The record")
    if kind.staged:
        found.append(Target(key=STAGE, title=_("Stage"), group=group))
    found += [
        Target(key=RESPONSIBLE, title=_("Responsible"), group=group),
        Target(key=CREATED, title=_("Created"), group=group),
        Target(key=EXTERNAL, title=_("Id in the other system"), group=group),
    ]
    if any(item.key == "comment" for item in kind.fields) and "comment" not in closed:
        found.append(Target(key=NOTE, title=_("Add to the comment"), group=SECTIONS["note"], many=True))
    if kind.key == "company":
        found += _requisites()
    return {target.key: target for target in found}


def _of_field(kind: Kind, item: Field) -> Sequence[Target]:
    group = SECTIONS[item.section]
    if item.type in _UNUSED:
        return ()
    if item.type in POINTS:
        return _points(item, group)
    if item.type == ADDRESSES:
        parts = [
            Target(
                key=f"addresses:{line}",
                title=_line_title(line),
                group=group,
                field=item,
                part=line,
            )
            for line in _LINES
        ]
        return [Target(key="addresses", title=_("Address, in one cell"), group=group, field=item, many=True), *parts]
    target = Target(key=item.key, title=item.title, group=group, field=item)
    match item.type:
        case "companies":
            return [target, *_company_parts()]
        case "contacts":
            return [target, *_contact_parts()]
        case Type.RECORD if kind.key == "deal" and item.key == "company_id":
            return [target, *_company_parts()]
    if kind.key == "contact" and item.key == "first_name":
        return [Target(key=FULL_NAME, title=_("Full name, in one cell"), group=group), target]
    if kind.key == "lead" and item.key == "person_name":
        names = {"first": _("First name"), "middle": _("Middle name"), "last": _("Last name")}
        return [target, *(Target(key=f"{PERSON}{key}", title=title, group=group) for key, title in names.items())]
    return [target]


def _line_title(name: str) -> Text:
    line: Any = Address._meta.get_field(name)
    title: Text = line.verbose_name
    return title


def _points(item: Field, group: Text) -> Sequence[Target]:
    if item.key == "messengers":
        networks = [network for network in ContactPoint.Network if network != ContactPoint.Network.OTHER]
        named = [
            Target(key=f"messengers:{one.value}", title=one.label, group=group, field=item, part=one.value, many=True)
            for one in networks
        ]
        title = _("Another messenger")
        return [
            *named,
            Target(key="messengers:other", title=title, group=group, field=item, part="other", many=True),
        ]
    labels = dict(ContactPoint.Label.choices)
    return [
        Target(key=item.key, title=item.title, group=group, field=item, many=True),
        *(
            Target(
                key=f"{item.key}:{label}",
                title=f"{item.title}: {labels[label]}",
                group=group,
                field=item,
                part=label,
                many=True,
            )
            for label in _NAMES[item.key]
        ),
    ]


def _company_parts() -> Sequence[Target]:
    group = pgettext_lazy("of a contact or deal", "Its company")
    return [
        Target(key=f"{COMPANY}phones", title=_("Phones of the company"), group=group, many=True),
        Target(key=f"{COMPANY}emails", title=_("E-mails of the company"), group=group, many=True),
        Target(key=f"{COMPANY}sites", title=_("Site of the company"), group=group, many=True),
    ]


def _contact_parts() -> Sequence[Target]:
    group = pgettext_lazy("of a deal", "Its contact")
    return [
        Target(key=f"{CONTACT}phones", title=_("Phones of the contact"), group=group, many=True),
        Target(key=f"{CONTACT}emails", title=_("E-mails of the contact"), group=group, many=True),
    ]


def _requisites() -> Sequence[Target]:
    lines = {line.key: line for template in TEMPLATES.values() for line in template.lines if line.longest <= 40}
    return [
        Target(key=f"{REQUISITE}{key}", title=line.title, group=_("Requisites"), part=key)
        for key, line in lines.items()
    ]


def template_of(lines: Mapping[str, str]) -> str:
    """The template of requisites that has the most of these lines, its tax number above all."""
    if "inn" in lines and len(lines["inn"]) == 12:
        return "ru_ip"

    def score(key: str) -> tuple[bool, int]:
        own = {line.key for line in TEMPLATES[key].lines}
        return TEMPLATES[key].tax in lines, len(own & set(lines))

    return max(TEMPLATES, key=score)


__all__ = ["PEOPLE_OF_DEAL", "PLACES_OF_WORK", "Target", "targets_of", "template_of"]
