"""Answers of the company's own choices by name; new ones are made where the person wished so."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from django.utils.translation import gettext as _

from infra.kit.access import may
from infra.kit.errors import Invalid
from modules.crm.domain.custom_field import access_field, design_of, edit_field
from modules.crm.domain.field_rights import MANAGE
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.importing.headings import plain
from modules.crm.domain.importing.known import Known
from modules.crm.domain.importing.rows import Row
from modules.crm.domain.kinds import field_map

_SEPARATORS = (";", "|", "\n", ",")


def answer_choices(known: Known, rows: Sequence[Row], *, wished: bool, begun: bool) -> None:
    """Put the ids of answers into the rows' values; a row with an answer that is not there is refused.

    Where it is `wished`, and the person may set up fields, missing answers are made once the import has `begun`; before
    that the row says which will be.
    """
    keys = sorted({key for row in rows for key in row.choices})
    wished = wished and may(known.actor, MANAGE)
    if wished and begun:
        for key in keys:
            _make_missing(known, known.items[key], rows)
    for key in keys:
        item = known.items[key]
        ids = _ids(item)
        for row in rows:
            if key not in row.choices:
                continue
            names = _names(item, row.choices[key], ids)
            missing = [name for name in names if plain(name) not in ids]
            if missing and wished and not begun:
                row.notes.append(_("New answers: %(names)s.") % {"names": ", ".join(missing)[:200]})
            elif missing:
                row.wrong.append(
                    _("%(field)s: there is no answer “%(name)s”.") % {"field": item.title, "name": missing[0][:60]}
                )
            elif names:
                found = [ids[plain(name)] for name in names]
                row.values[key] = found if item.type == Type.CHOICES else found[0]


def _ids(item: Field) -> dict[str, int]:
    return {plain(str(name)): pk for pk, name in item.choices}


def _names(item: Field, text: str, ids: dict[str, int]) -> list[str]:
    """The answers in a cell: several ones apart by semicolons, bars, lines or commas."""
    if item.type == Type.CHOICE or plain(text) in ids:
        return [text]
    separator = next((sign for sign in _SEPARATORS if sign in text), ";")
    return [name.strip() for name in text.split(separator) if name.strip()]


def _make_missing(known: Known, item: Field, rows: Sequence[Row]) -> None:
    ids = _ids(item)
    texts = (row.choices[item.key] for row in rows if item.key in row.choices and not row.wrong)
    names = {plain(name): name for text in texts for name in _names(item, text, ids)}
    missing = [name[:100] for key, name in names.items() if key and key not in ids]
    if missing:
        row = access_field(item.field_id)
        design = design_of(row)
        with suppress(Invalid):  # too many answers: the rows with the rest are refused by name
            edit_field(actor=known.actor, row=row, design=replace(design, options=[*design.options, *missing]))
        known.items = field_map(known.kind)
