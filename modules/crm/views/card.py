"""A record's card: fields left, what is planned and the timeline right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from infra.kit.access import Actor, may
from infra.kit.errors import NotFound
from infra.ui import formats
from infra.ui.panels import render_panel
from infra.ui.people import person_html
from modules.crm.domain import shaping
from modules.crm.domain.access import access, may_do
from modules.crm.domain.duplicates import find_duplicates, probe_of
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import SECTIONS, Field, Type
from modules.crm.domain.kinds import (
    COMPANY,
    CONTACT,
    DEAL,
    INVOICE,
    KINDS,
    LEAD,
    QUOTE,
    Kind,
    fields_of,
    kind_named,
    smart_kinds,
)
from modules.crm.domain.layout import layout_for
from modules.crm.domain.lost_reason import reasons
from modules.crm.domain.posting import may_be_written_to
from modules.crm.domain.queries import files_named, lead_behind, linked, own_kinds, people_named, planned_of
from modules.crm.domain.rules.rule import MANAGE as RULES
from modules.crm.domain.selling.requisite import requisites_of
from modules.crm.domain.showing import names_for, plain
from modules.crm.forms import people_choices, stage_choices
from modules.crm.models import ContactPoint
from modules.crm.views.asking import actor_of
from modules.crm.views.papers import selling_context
from modules.crm.views.plans import quick_moments
from modules.crm.views.product_card import product_context
from modules.crm.views.timeline import timeline_of

_MARKS = {"page": _("Page"), "referrer": _("Came from")}
_LINKED_SHOWN = 5
_LINKED = {
    "lead": ("deal", "contact", "company"),
    "contact": ("deal", "quote", "invoice", "lead"),
    "company": ("company", "contact", "deal", "quote", "invoice", "lead"),
    "deal": ("quote", "invoice"),
    "quote": ("invoice",),
    "invoice": (),
    "product": ("product",),
}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A field as a card shows it."""

    item: Field
    html: SafeString | str
    fixed: bool


def card(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """The card of a record of `kind`, in the panel or as a page."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    context = card_context(actor, kind, record, _moment(request.GET.get("before", "")))
    return render_panel(request, "crm/record.html", context, back=kind.url())


def _moment(typed: str) -> datetime | None:
    try:
        moment = parse_datetime(typed)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None and 1900 < moment.year < 2200 else None


def card_context(actor: Actor, kind: Kind, record: Any, before: datetime | None = None) -> dict[str, Any]:
    """Everything that a card shows; of what happened the newest, or what was `before` a moment."""
    entries, more = timeline_of(actor, record, before)
    sections, empty = sections_of(actor, kind, record)
    named = _take_named(kind, record, sections)
    may_edit = may_do(actor, kind.permission("edit"), record)
    stages = list(record.stage.pipeline.stages.all()) if kind.staged and record.stage else []
    duplicates = (
        find_duplicates(actor=actor, probe=probe_of(record), kinds=[kind.key], besides=record) if kind.reachable else []
    )
    parent_seen = kind is COMPANY and record.parent_id is not None and levels(actor, kind).get("parent_id") != "hidden"
    groups = [_group(one, rows) for one in _linked_kinds(kind) if (rows := linked(actor, record, one))]
    return {
        "record": record,
        "kind": kind,
        "sections": sections,
        "named": named.item if named and not named.fixed and may_edit else None,
        "empty": empty,
        "stages": stages,
        "stage_choices": stage_choices(kind) if may_edit and kind.staged else [],
        "reasons": reasons() if kind.staged and may_edit else [],
        "people": people_choices() if may_edit else [],
        "duplicates": duplicates,
        "planned": planned_of(record),
        "entries": entries,
        "earlier_url": kind.url("card", record.pk) + f"?{urlencode({'before': more.isoformat()})}" if more else "",
        "before": before,
        "own_kinds": own_kinds(),
        "moments": quick_moments(),
        "may_edit": may_edit,
        "watches": actor.id in record.watchers,
        "may_delete": may_do(actor, kind.permission("delete"), record),
        "write_url": kind.url("write", record.pk) if may_edit and may_be_written_to(kind) else "",
        "may_convert": kind is LEAD and record.converted_at is None and may_edit,
        "offers": [
            {"kind": one, "url": f"{one.url('add')}?{kind.link}={record.pk}"}
            for one in smart_kinds().values()
            if one.has(f"{kind.link}_id") and may(actor, one.permission("create"))
        ],
        "may_deal": kind.key in ("contact", "company") and may(actor, DEAL.permission("create")),
        "marks": [(_MARKS.get(key, key), value) for key, value in getattr(record, "marks", {}).items() if value],
        "linked": groups,
        "in_holding": kind is COMPANY and (parent_seen or any(group["kind"] is COMPANY for group in groups)),
        "requisites": requisites_of(record) if kind.key in ("contact", "company") else None,
        "came_from": lead_behind(actor, record),
        "may_rules": may(actor, RULES),
        "layout_url": reverse("crm:layout", args=[kind.key]),
        **selling_context(actor, kind, record, may_edit=may_edit),
        **product_context(actor, kind, record),
    }


def _linked_kinds(kind: Kind) -> list[Kind]:
    """Kinds whose records belong to those of `kind`: the built-in ones, then the company's own that link to it."""
    smart = [one for one in smart_kinds().values() if one.has(f"{kind.link}_id")]
    return [*(KINDS[key] for key in _LINKED.get(kind.key, ())), *smart]


def _group(kind: Kind, rows: list[Any]) -> dict[str, Any]:
    """Linked records, those still open first; what is beyond a handful stands folded."""
    rows.sort(key=lambda row: getattr(row, "closed_at", None) is not None)
    most = _LINKED_SHOWN if len(rows) > _LINKED_SHOWN + 1 else len(rows)
    return {"kind": kind, "rows": rows[:most], "rest": rows[most:]}


def sections_of(actor: Actor, kind: Kind, record: Any) -> tuple[list[dict[str, Any]], list[Shown]]:
    """The card's sections with their filled fields, and all empty fields together.

    A currency stands with its amount, and is changed there.
    """
    closed = levels(actor, kind)
    items = {item.key: item for item in fields_of(kind) if closed.get(item.key) != "hidden"}
    state = shaping.state_of(kind, record, items)
    names = names_for((items[key], _ids(value)) for key, value in state.items() if key in items)
    found: list[dict[str, Any]] = []
    empty: list[Shown] = []
    for section in layout_for(actor, kind, list(items.values())):
        shown = [
            Shown(
                item=items[key],
                html=value_html(items[key], state.get(key), names, record),
                fixed=not items[key].settable or key in closed,
            )
            for key in section.fields
            if key in items and not (key == "currency" and "amount" in items)
        ]
        empty += [one for one in shown if not one.html]
        if any(one.html for one in shown):
            title = section.title or ("" if section.key == "main" else SECTIONS.get(section.key, ""))
            found.append({"title": title, "filled": [one for one in shown if one.html]})
    return found, empty


def _take_named(kind: Kind, record: Any, sections: list[dict[str, Any]]) -> Shown | None:
    """Take what the heading says already out of `sections`; answers the field that gives the record its name."""
    said = {kind.title_field: str(getattr(record, kind.title_field))}
    if kind in (QUOTE, INVOICE):
        said["number"] = record.number
    found = {key for key, text in said.items() if text and text in str(record)}
    named = None
    for section in sections:
        named = next((one for one in section["filled"] if one.item.key == kind.title_field in found), named)
        section["filled"] = [one for one in section["filled"] if one.item.key not in found]
    sections[:] = [section for section in sections if section["filled"]]
    return named


def _ids(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "company" in value[0]:
        return [row["company"] for row in value]
    return value


def value_html(item: Field, value: Any, names: Mapping[tuple[str, int], str], record: Any) -> SafeString | str:
    """A value with its links, "" where there is none."""
    if value in (None, "", [], {}) or (not item.custom and value == item.empty):
        return ""
    match item.type:
        case "phones" | "emails" | "messengers" | "sites":
            return _points(record, item)
        case "addresses":
            lines = [", ".join(text for name, text in row.items() if name != "kind" and text) for row in value]
            return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))
        case "companies":
            return _records([("company", row["company"], row["post"]) for row in value], names)
        case "contacts":
            return _records([(CONTACT.key, pk, "") for pk in value], names)
        case Type.RECORD:
            many = value if isinstance(value, list) else [value]
            return _records([_pair(item, one) for one in many], names)
        case Type.PERSON:
            ids = value if isinstance(value, list) else [value]
            people = people_named(ids)
            return format_html_join(SafeString(" "), "{}", ((person_html(person),) for person in people))
        case Type.LINK:
            return format_html('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', value, value)
        case Type.FILE:
            return _files(value if isinstance(value, list) else [value])
        case Type.LONG_TEXT:
            return format_html('<span class="crm-text">{}</span>', value)
    return plain(item, value, names, getattr(record, "currency", ""))


def _pair(item: Field, value: Any) -> tuple[str, int, str]:
    if isinstance(value, int):
        return item.links[0], value, ""
    kind, _colon, pk = str(value).partition(":")
    return kind, int(pk), ""


def _points(record: Any, item: Field) -> SafeString:
    wanted = {"phones": "phone", "emails": "email", "messengers": "messenger", "sites": "site"}[item.type]
    points = [point for point in record.contact_points.all() if point.kind == wanted]
    return format_html_join(SafeString("<br>"), "{}", ((_point(point),) for point in points))


def _point(point: ContactPoint) -> SafeString:
    note = format_html(' <span class="text-secondary">{}</span>', point.label_title) if point.label else ""
    if not point.value:
        return format_html('{} <span class="text-secondary">{}</span>', point.typed, _("not a complete one"))
    match point.kind:
        case "phone":
            whole = f"{point.value};ext={point.extension}" if point.extension else point.value
            return format_html('<a href="tel:{}">{}</a>{}', whole, formats.phone(whole), note)
        case "email":
            return format_html('<a href="mailto:{}">{}</a>{}', point.value, point.typed, note)
        case "site":
            link = '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>{}'
            return format_html(link, point.value, point.typed, note)
        case _ if point.label == "telegram":
            url = f"https://t.me/{point.value}"
            return format_html(
                '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>{}', url, point.typed, note
            )
    return format_html("{}{}", point.typed, note)


def _records(rows: Sequence[tuple[str, int, str]], names: Mapping[tuple[str, int], str]) -> SafeString:
    def one(key: str, pk: int, post: str) -> SafeString:
        note = format_html(' <span class="text-secondary">{}</span>', post) if post else ""
        name = names.get((key, pk), "…")
        try:
            url = kind_named(key).url("card", pk)
        except NotFound:  # its kind is in the trash
            return format_html("{}{}", name, note)
        return format_html('<a href="{}" data-panel>{}</a>{}', url, name, note)

    return format_html_join(SafeString("<br>"), "{}", ((one(*row),) for row in rows))


def _files(ids: Sequence[int]) -> SafeString:
    files = files_named(ids)
    return format_html_join(
        SafeString("<br>"), '<a href="{}">{}</a>', ((reverse("crm:file", args=[file.pk]), file.name) for file in files)
    )
