"""Answers of strangers as values of fields: what fits is taken, all of it stands on the timeline anyway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.access import SYSTEM
from infra.kit.errors import Invalid
from modules.crm.contracts import AskableField
from modules.crm.domain import shaping, value_index
from modules.crm.domain.drafts import Draft, read_draft
from modules.crm.domain.fields import ADDRESSES, AMOUNT, Field, Type
from modules.crm.domain.kinds import Kind, field_map, fields_of
from modules.crm.domain.people import default_currency
from modules.crm.domain.searched import search_value
from modules.crm.models import Record

_ASKED = {
    Type.TEXT, Type.LONG_TEXT, Type.LINK, Type.NUMBER, Type.MONEY, Type.DATE, Type.CHOICE, Type.CHOICES, Type.YESNO,
    Type.ADDRESS, AMOUNT, ADDRESSES,
}  # fmt: skip
#: Built-in fields that the company fills in by itself, or that come with the name, phone and e-mail.
_OURS = {
    "currency", "source", "source_detail", "person_name", "first_name", "middle_name", "last_name", "probability",
    "closes_on", "is_own", "revenue",
}  # fmt: skip
_YES = frozenset({"yes", "true", "on", "1", "да"})


def askable(kind: Kind) -> tuple[AskableField, ...]:
    """The fields of `kind` that strangers may be asked for, custom ones too."""
    return tuple(
        AskableField(
            key=f"{kind.key}.{item.key}",
            title=str(item.title),
            type=str(item.type),
            options=(_("Yes"), _("No"))
            if item.type == Type.YESNO
            else tuple(str(title) for _value, title in item.choices),
        )
        for item in fields_of(kind)
        if item.type in _ASKED and item.settable and item.key not in _OURS and not (item.key == "type" and item.choices)
    )


def draft_of(kind: Kind, items: Mapping[str, Field], answers: Sequence[tuple[str, str]]) -> Draft:
    """`answers` by field key ("deal.f12" belongs to deals) as far as they are values of fields of `kind`."""
    given = raw_values(kind, items, answers)
    while given:
        try:
            return read_draft(SYSTEM, kind, items, given)
        except Invalid as error:
            wrong = set(error.fields) & set(given)
            if not wrong:
                break
            given = {key: value for key, value in given.items() if key not in wrong}
    return Draft()


def raw_values(kind: Kind, items: Mapping[str, Field], answers: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Raw values by field key for the verbs, of what was answered to fields of `kind`."""
    prefix, found = f"{kind.key}.", dict[str, Any]()
    for key, text in answers:
        item = items.get(key.removeprefix(prefix)) if key.startswith(prefix) else None
        if item is not None and item.type in _ASKED and item.key not in _OURS and text.strip():
            raw = _raw(item, text.strip())
            if raw not in (None, []):
                found[item.key] = raw
    return found


def _raw(item: Field, text: str) -> Any:
    match item.type:
        case Type.CHOICE:
            return _option(item, text)
        case Type.CHOICES:
            return [value for line in text.split("\n") if (value := _option(item, line)) is not None]
        case Type.YESNO:
            return text.casefold() in _YES | {_("Yes").casefold()}
        case Type.MONEY:
            return {"amount": text, "currency": default_currency()}
        case Type.ADDRESS:
            return {"street": " ".join(text.split())[: item.longest]}
        case _ if item.type == ADDRESSES:
            return [{"street": " ".join(text.split())[:200]}]
        case Type.TEXT | Type.LONG_TEXT:
            return text[: item.longest]
    return text


def _option(item: Field, text: str) -> Any:
    wanted = text.strip().casefold()
    return next((value for value, title in item.choices if str(title).casefold() == wanted), None)


def fill(kind: Kind, record: Record, answers: Sequence[tuple[str, str]]) -> None:
    """Write what fits of `answers` into a record that was made in this transaction."""
    items = field_map(kind)
    draft = draft_of(kind, items, answers)
    if not (draft.own or draft.custom or draft.addresses):
        return
    for key, value in draft.own.items():
        setattr(record, key, value)
    record.custom |= {key: value for key, value in draft.custom.items() if value not in (None, [], "")}
    shaping.compute_formulas(record, items)
    record.search = search_value(kind, record, draft, items)
    record.save()
    shaping.write_links(kind, record, draft)
    value_index.index(record, [item for item in items.values() if item.custom], fresh=True)
