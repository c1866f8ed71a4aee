"""Texts with places that a record fills in: "Dear {{client}}, …".

There is no template language behind it: a place is one of a list, its value is put in as plain text and is not read
again, and a text with a place that is not of the list is refused when it is saved.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit.errors import Invalid, Text
from infra.ui import formats
from modules.crm.domain import shaping
from modules.crm.domain.fields import ADDRESSES, WATCHERS, Type
from modules.crm.domain.kinds import Kind, field_map
from modules.crm.domain.showing import names_for, plain
from modules.crm.models import Company, Contact, ContactPoint, DealContact

_PLACE = re.compile(r"\{\{\s*([a-z][a-z0-9_.]{0,60})\s*\}\}")
_ANY = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def places_of(kind: Kind) -> list[tuple[str, Text]]:
    """Places for records of `kind`: what is written between the braces, and what it stands for."""
    found: list[tuple[str, Text]] = [
        ("client", _("Client’s name")),
        ("responsible", _("Responsible")),
        ("responsible.phone", _("Phone of the responsible")),
        ("responsible.email", _("E-mail of the responsible")),
        ("our.name", _("Name of our company")),
    ]
    if kind.staged:
        found.append(("stage", _("Stage")))
    found += [
        (item.key.removesuffix("_id"), item.title)
        for item in field_map(kind).values()
        if item.type not in (Type.FILE, ADDRESSES) and item.key != WATCHERS.key
    ]
    return found


def read_text(kind: Kind, text: Any, name: str, longest: int) -> str:
    """`text` as it is kept. Raises Invalid(name): too long, or a place that is not there."""
    given = str(text or "").strip()
    if len(given) > longest:
        raise Invalid(fields={name: [_("At most %(most)s characters.") % {"most": longest}]})
    if "\0" in given:
        raise Invalid(fields={name: [_("This text has characters that cannot be kept.")]})
    known = {key for key, _title in places_of(kind)}
    for found in _ANY.findall(given):
        place = _PLACE.fullmatch(found)
        if place is None or place[1] not in known:
            raise Invalid(fields={name: [_("There is nothing to put in for %(place)s.") % {"place": found[:60]}]})
    return given


def fill(kind: Kind, record: Any, *texts: str, closed: Collection[str] = ()) -> list[str]:
    """`texts` with the values of `record` in their places, in the language that is active; empty where it has none, and
    for the fields named in `closed`."""
    wanted = {found for text in texts for found in _PLACE.findall(text)}
    if not wanted:
        return list(texts)
    values = _values(kind, record, wanted - {key.removesuffix("_id") for key in closed}, closed)
    return [_PLACE.sub(lambda found: values.get(found[1], ""), text) for text in texts]


def _values(kind: Kind, record: Any, wanted: set[str], closed: Collection[str]) -> dict[str, str]:
    items = {key: item for key, item in field_map(kind).items() if key.removesuffix("_id") in wanted}
    values: dict[str, str] = {}
    if items:
        state = {key: _ids(value) for key, value in shaping.state_of(kind, record, items).items() if key in items}
        names = names_for((items[key], value) for key, value in state.items())
        currency = getattr(record, "currency", "")
        values = {key.removesuffix("_id"): plain(items[key], value, names, currency) for key, value in state.items()}
    person = record.responsible
    values |= {
        "client": client_name(record, closed) if "client" in wanted else "",
        "responsible": person.display_name if person else "",
        "responsible.phone": formats.phone(person.phone_shown, abroad=True) if person else "",
        "responsible.email": person.email if person else "",
        "our.name": str(current_portal().name),
        "stage": str(record.stage) if kind.staged else "",
    }
    return values


def _ids(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "company" in value[0]:
        return [row["company"] for row in value]
    return value


def clients_of(record: Any, closed: Collection[str] = ()) -> list[Any]:
    """Whom a letter about `record` may go to, the nearest first: the record itself, its people, its company; without
    those whom fields named in `closed` hold."""
    found = [record] if isinstance(record, Contact | Company) else []
    if record.kind == "deal" and "contacts" not in closed:
        rows = DealContact.objects.filter(deal_id=record.pk).select_related("contact").order_by("position", "id")
        found += [row.contact for row in rows[:10]]
    linked = [name for name in ("contact", "company") if f"{name}_id" not in closed]
    found += [one for name in linked if (one := getattr(record, name, None)) is not None]
    return found


def client_name(record: Any, closed: Collection[str] = ()) -> str:
    """How the client of `record` is called, "" where nobody is named, or only in the fields of `closed`."""
    names = [getattr(record, key, "") for key in ("person_name", "company_name") if key not in closed]
    return next(filter(None, [*names, *(str(one) for one in clients_of(record, closed))]), "")


def client_email(record: Any) -> str:
    """Where letters about `record` go: its own e-mail, else of its people, else of its company; "" for nowhere."""
    for one in [record, *clients_of(record)]:
        if one.kind in ("lead", "contact", "company"):
            points = ContactPoint.objects.filter(kind="email", **{one.kind: one.pk}).exclude(value="")
            if (value := points.order_by("position", "id").values_list("value", flat=True).first()) is not None:
                return str(value)
    return ""
