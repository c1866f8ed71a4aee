"""How a card is arranged: sections of fields, for a person, else for the role, else for all, else as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, Text
from modules.crm.domain.field_rights import MANAGE
from modules.crm.domain.fields import SECTIONS, Field
from modules.crm.domain.kinds import Kind, field_map
from modules.crm.models import CardLayout
from tenants.people.models import Role

MOST_SECTIONS = 20


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section of a card. `title` is "" where it is one of the usual sections, named by `key`."""

    key: str
    title: Text
    fields: Sequence[str]


def usual_layout(items: Sequence[Field]) -> list[Section]:
    """The card as it comes: every field in its own section."""
    return [
        Section(key=key, title="", fields=[item.key for item in items if item.section == key])
        for key in SECTIONS
        if any(item.section == key for item in items)
    ]


def layout_for(actor: Actor, kind: Kind, items: Sequence[Field]) -> list[Section]:
    """The card of `kind` as `actor` sees it. Fields that are newer than the layout follow in the last section."""
    role_id = getattr(actor, "role_id", None)
    rows = list(CardLayout.objects.filter(kind=kind.key))
    own = next((row for row in rows if row.person_id is not None and row.person_id == actor.id), None)
    of_role = next((row for row in rows if row.role_id is not None and row.role_id == role_id), None)
    of_all = next((row for row in rows if row.role_id is None and row.person_id is None), None)
    found = own or of_role or of_all
    return usual_layout(items) if found is None else arranged(found.sections, items)


def layout_of(kind: Kind, items: Sequence[Field], *, role_id: int | None, person_id: int | None) -> list[Section]:
    """The card as it is arranged for that person or role, or for all."""
    row = _rows(kind, role_id, person_id).first()
    return usual_layout(items) if row is None else arranged(row.sections, items)


def _rows(kind: Kind, role_id: int | None, person_id: int | None) -> Any:
    whom: dict[str, Any] = {"role_id": role_id, "person_id": person_id}
    return CardLayout.objects.filter(kind=kind.key, **whom)


def arranged(sections: Sequence[dict[str, Any]], items: Sequence[Field]) -> list[Section]:
    """Kept `sections` with what they do not name added at the end."""
    placed = {key for section in sections for key in (*section.get("fields", ()), *section.get("left_out", ()))}
    rest = [item.key for item in items if item.key not in placed]
    found = [
        Section(key=section.get("key", ""), title=section.get("title", ""), fields=section.get("fields", ()))
        for section in sections
    ]
    if rest:
        found.append(Section(key="own", title="", fields=rest))
    return found


def arrange(
    *,
    actor: Actor,
    kind: Kind,
    sections: Sequence[tuple[str, Sequence[str]]],
    left_out: Sequence[str] = (),
    role_id: int | None = None,
    for_all: bool = False,
) -> None:
    """Keep the card of `kind` as (section's title or key, field keys); for oneself, else for a role or for all.

    `left_out` are fields that the card does not show. Raises Denied, Invalid, ReadOnly.
    """
    gates.require_writable()
    if for_all or role_id is not None:
        require_permission(actor, MANAGE)
    known = field_map(kind)
    keys = [key for _title, fields in sections for key in fields]
    if len(keys) != len(set(keys)) or set(keys) - set(known) or len(sections) > MOST_SECTIONS:
        raise Invalid(_("This card cannot be arranged so. Load the page again."))
    kept: list[dict[str, Any]] = [
        {"key": name, "title": "", "fields": list(fields)}
        if name in SECTIONS
        else {"key": "", "title": name.strip()[:60].replace("\0", ""), "fields": list(fields)}
        for name, fields in sections
    ]
    if kept:
        kept[-1]["left_out"] = [key for key in left_out if key in known and key not in keys]
    if role_id is not None and not Role.objects.filter(pk=role_id).exists():
        raise Invalid(fields={"role": [_("Choose one of the list.")]})
    person_id = None if for_all or role_id is not None else actor.id
    with transaction.atomic():
        row = _rows(kind, role_id, person_id).select_for_update().first()
        row = row or CardLayout(kind=kind.key, role_id=role_id, person_id=person_id)
        row.sections = kept
        row.save()
        audit.record(actor, "layout.set", None, note=kind.key)


def forget_layout(*, actor: Actor, kind: Kind, role_id: int | None = None, for_all: bool = False) -> None:
    """Return the card to how it comes; for oneself, else for a role or for all. Raises Denied, ReadOnly."""
    gates.require_writable()
    if for_all or role_id is not None:
        require_permission(actor, MANAGE)
    person_id = None if for_all or role_id is not None else actor.id
    with transaction.atomic():
        _rows(kind, role_id, person_id).delete()
        audit.record(actor, "layout.set", None, note=kind.key)
