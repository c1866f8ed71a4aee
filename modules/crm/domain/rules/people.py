"""Whom a rule means: people by name, by role or department, or as the record names them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid, Text
from modules.crm.domain.fields import Type
from modules.crm.domain.kinds import Kind, field_map
from tenants.people.models import Department, Role, User

RESPONSIBLE, CREATOR, HEAD = "responsible", "creator", "head"
_MOST = 50


def people_choices(kind: Kind | None) -> list[tuple[str, Any]]:
    """Whom to choose from, in groups; those that a record names only where `kind` is given."""
    groups: list[tuple[str, Any]] = []
    if kind is not None:
        named: list[tuple[str, Text]] = [
            (RESPONSIBLE, _("the responsible person")),
            (HEAD, _("the head of the responsible person")),
            (CREATOR, _("who created the record")),
        ]
        named += [(f"field:{item.key}", item.title) for item in field_map(kind).values() if item.type == Type.PERSON]
        groups.append((_("By the record"), named))
    people = User.objects.employees().order_by("first_name", "last_name", "id")
    groups.append((_("People"), [(f"person:{one.pk}", one.display_name) for one in people]))
    groups.append((_("Roles"), [(f"role:{one.pk}", one.title) for one in Role.objects.order_by("id")]))
    departments = [(f"department:{one.pk}", one.name) for one in Department.objects.order_by("order", "name")]
    return [*groups, (_("Departments"), departments)] if departments else groups


def read_people(kind: Kind | None, raw: Any, name: str) -> list[str]:
    """`raw` as a list of whom is meant. Raises Invalid(name)."""
    given = [str(one) for one in (raw if isinstance(raw, list | tuple) else [raw]) if one not in (None, "")]
    if not given:
        raise Invalid(fields={name: [_("Choose at least one.")]})
    known = {value for _title, group in people_choices(kind) for value, _name in group}
    if len(given) > _MOST or set(given) - known:
        raise Invalid(fields={name: [_("Choose one of the list.")]})
    return list(dict.fromkeys(given))


def people_meant(whom: Sequence[str], record: Any) -> list[User]:
    """Active people that `whom` means for `record`, each once, in the order in which they are named."""
    found: dict[int, User] = {}
    for one in whom:
        for person in _meant(one, record):
            found.setdefault(person.pk, person)
    return list(found.values())


def _meant(one: str, record: Any) -> list[User]:
    what, _colon, rest = one.partition(":")
    people = User.objects.employees().select_related("role", "department")
    match what:
        case "person":
            return list(people.filter(pk=int(rest)))
        case "role":
            return list(people.filter(role_id=int(rest)).order_by("pk"))
        case "department":
            return list(people.filter(department_id=int(rest)).order_by("pk"))
        case "creator":
            return list(people.filter(pk=record.created_by_id))
        case "responsible":
            return list(people.filter(pk=record.responsible_id))
        case "head":
            return list(people.filter(heads__people=record.responsible_id).exclude(pk=record.responsible_id).distinct())
        case "field":
            value = getattr(record, rest, None) or record.custom.get(rest)
            return list(people.filter(pk__in=value if isinstance(value, list) else [value]))
    return []
