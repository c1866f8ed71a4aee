"""Columns of lists, made from the fields of the kind: built-in ones, stage, next step, people and times, own ones."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.ui import formats
from infra.ui.lists import Column
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.kinds import CONTACT, DEAL, LEAD, Kind
from modules.crm.domain.own_order import ORDERED
from modules.crm.domain.showing import names_for, plain
from modules.crm.views.tones import STATUS_TONES

_PLAIN_KINDS = {Type.NUMBER: "number", Type.FORMULA: "number", Type.YESNO: "yesno", Type.LINK: "url"}


def step_text(record: Any) -> tuple[str, str]:
    """The next planned step of a record as words and tone; ("", "") where none is needed."""
    stage: Any = getattr(record, "stage", None)
    if record.next_step_at is None:
        return (_("No next step"), "warning") if record.kind == "deal" and stage.kind == "open" else ("", "")
    if record.next_step_at < timezone.now():
        return _("Overdue"), "danger"
    if timezone.localtime(record.next_step_at).date() == timezone.localdate():
        return _("Today"), "accent"
    return "", ""


def columns_of(kind: Kind, items: Sequence[Field], screen_: Any) -> list[Column]:
    """The columns of a list: built in ones by their fields, stage, next step, people and times, then custom ones."""
    keys = {item.key for item in items}
    found_now: list[Column] = []
    for item in items:
        if item.type == Type.PERSON and not item.custom:
            continue
        if not item.custom:
            found_now += _built_in(kind, item)
    if kind is CONTACT:
        found_now.insert(0, Column("name", pgettext_lazy("of a person", "Name"), link=True, fixed=True, order="name"))
    if kind.numbered:
        found_now.insert(
            1,
            Column("number", pgettext_lazy("of a document", "Number"), value=lambda row: f"{kind.prefix}{row.number}"),
        )
    if kind.staged:
        stage = Column(
            "stage",
            gettext_lazy("Stage"),
            kind="badge",
            value=lambda row: row.stage and row.stage.title,
            tone=lambda row: row.stage and row.stage.colour,
        )
        found_now.insert(2, stage)
    if kind is DEAL or kind.type_id:
        found_now.append(
            Column(
                "step",
                gettext_lazy("Next step"),
                kind="badge",
                value=lambda row: step_text(row)[0] or _moment(row),
                tone=lambda row: step_text(row)[1] or "neutral",
            )
        )
    found_now.append(
        Column("responsible", gettext_lazy("Responsible"), kind="person", value=lambda row: row.responsible)
    )
    found_now += [_pointing(item, screen_) for item in items if item.type == Type.PERSON and not item.custom]
    found_now += [_of_custom(item, screen_) for item in items if item.custom and item.key in keys]
    found_now.append(
        Column("created_at", gettext_lazy("Created"), kind="moment", order="created_at", shown=kind in (LEAD, CONTACT))
    )
    found_now.append(Column("updated_at", gettext_lazy("Changed"), kind="moment", order="updated_at", shown=False))
    return found_now


def _moment(row: Any) -> str:
    return formats.moment(row.next_step_at) if row.next_step_at else ""


def _built_in(kind: Kind, item: Field) -> list[Column]:
    shown = item.in_list and not (kind.type_id and item.key in ("deal_id", "lead_id"))
    key, title = item.key.removesuffix("_id"), item.title
    match item.type:
        case "phones":
            return [Column("phone", gettext_lazy("Phone"), kind="phone", value="first_phone", shown=shown)]
        case "emails":
            show = shown and kind is not LEAD
            return [Column("email", gettext_lazy("E-mail"), kind="email", value="first_email", shown=show)]
        case "amount":
            return [
                Column(
                    key,
                    title,
                    kind="money",
                    value=lambda row: getattr(row, item.key) or None,
                    currency=lambda row: row.currency,
                    order=item.order,
                    shown=shown,
                )
            ]
        case Type.CHOICE if item.key == "status":
            return [
                Column(
                    key,
                    title,
                    kind="badge",
                    value=lambda row: row.get_status_display(),
                    tone=lambda row: STATUS_TONES[row.status],
                    shown=shown,
                )
            ]
        case Type.CHOICE:
            return [Column(key, title, value=lambda row: getattr(row, f"get_{item.key}_display")(), shown=shown)]
        case Type.DATE:
            return [Column(key, title, kind="date", order=item.order, shown=shown)]
        case Type.YESNO:
            return [Column(key, title, kind="yesno", shown=shown)]
        case Type.RECORD | "section" if item.in_list:
            return [Column(key, title, value=lambda row: getattr(row, key) and str(getattr(row, key)), shown=shown)]
        case "companies":
            return [Column("company", gettext_lazy("Company"), value="company_name", shown=shown)]
        case "contacts":
            return [Column("contact", gettext_lazy("Contact"), value="contact_name", shown=False)]
        case Type.NUMBER:
            return [Column(key, title, kind="number", shown=shown)]
        case Type.TEXT:
            first = item.key == kind.title_field
            return [Column(key, title, link=first, fixed=first, order=item.order, shown=shown)]
    return []


def _pointing(item: Field, screen_: Any) -> Column:
    def value(row: Any) -> str:
        kept = getattr(row, item.key)
        return plain(item, kept, screen_.names or names_for([(item, kept)]))

    return Column(item.key, item.title, value=value, shown=False)


def _of_custom(item: Field, screen_: Any) -> Column:
    def value(row: Any) -> Any:
        kept = row.custom.get(item.key)
        match item.type:
            case _ if kept is None:
                return None
            case Type.NUMBER | Type.FORMULA:
                return Decimal(kept)
            case Type.MONEY:
                return Decimal(kept["amount"])
            case Type.DATE:
                return parse_date(kept)
            case Type.MOMENT:
                return parse_datetime(kept)
            case Type.YESNO | Type.LINK:
                return kept
        names = screen_.names or names_for([(item, kept)])
        return plain(item, kept, names)

    kinds = {**_PLAIN_KINDS, Type.MONEY: "money", Type.DATE: "date", Type.MOMENT: "moment"}
    return Column(
        item.key,
        item.title,
        kind=kinds.get(cast(Any, item.type), "text"),
        value=value,
        currency=lambda row: (row.custom.get(item.key) or {}).get("currency", "") if item.type == Type.MONEY else "",
        shown=item.in_list,
        order=item.key if item.type in ORDERED else "",
    )
