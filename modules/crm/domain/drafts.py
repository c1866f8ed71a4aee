"""What a person or program sent for a record, read and checked as a whole before anything is written."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain import values as value_rules
from modules.crm.domain.contact_points import Point, read_addresses, read_lists
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import ADDRESSES, PEOPLE_OF_DEAL, PLACES_OF_WORK, POINTS, Field
from modules.crm.domain.kinds import Kind, value_of
from modules.crm.domain.linking import check_links, check_records
from modules.crm.domain.people import default_currency
from modules.crm.models import Currency, Record


@dataclass(kw_only=True)
class Draft:
    """Values by where they are kept: on the row, among the custom ones, or in tables of their own."""

    own: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    points: dict[str, list[Point]] = field(default_factory=dict)
    addresses: list[dict[str, str]] | None = None
    workplaces: list[tuple[int, str]] | None = None
    participants: list[int] | None = None


def read_draft(
    actor: Actor,
    kind: Kind,
    items: Mapping[str, Field],
    given: Mapping[str, Any],
    record: Record | None = None,
    *,
    linked: Sequence[int] = (),
    closed: Collection[str] | None = None,
    found: bool = False,
) -> Draft:
    """`given` (raw values by field key) as a Draft. Raises Invalid naming every field that is wrong.

    For many records at once the caller says which fields are closed to `actor` (`levels`), and with `found` that it has
    itself looked up, among what `actor` may see, all that the values point at.

    `record` is what is changed, None for a new one; `linked` are ids of companies or contacts it has already, which
    may stay although the actor does not see them.
    """
    draft, wrong = Draft(), dict[str, list[str]]()
    closed = levels(actor, kind) if closed is None else closed
    currency = _currency(given, record)
    for key, raw in given.items():
        item = items.get(key)
        if item is None or not item.settable or key in closed:
            wrong[key] = [_("This field cannot be set.")]
            continue
        try:
            _take(draft, None if found else actor, item, raw, currency, record, linked)
        except Invalid as error:
            wrong |= error.fields
    if wrong:
        raise Invalid(fields=wrong)
    return draft


def _currency(given: Mapping[str, Any], record: Record | None) -> str:
    asked = given.get("currency") or getattr(record, "currency", "") or default_currency()
    return asked if asked in Currency.values else default_currency()


def _take(
    draft: Draft,
    actor: Actor | None,
    item: Field,
    raw: Any,
    currency: str,
    record: Record | None,
    linked: Sequence[int],
) -> None:
    if item.type in POINTS:
        draft.points[item.key] = read_lists({item.key: raw or []})
    elif item.type == ADDRESSES:
        draft.addresses = read_addresses(raw or [])
    elif item.type == PLACES_OF_WORK:
        draft.workplaces = _workplaces(item, raw or [])
        if actor is not None:
            check_records(actor, item.key, "company", [pk for pk, _post in draft.workplaces], linked)
    elif item.type == PEOPLE_OF_DEAL:
        draft.participants = _ids(item, raw or [])
        if actor is not None:
            check_records(actor, item.key, "contact", draft.participants, linked)
    else:
        value = value_rules.read(item, raw, currency=currency)
        if actor is not None:
            check_links(actor, item, value, value_of(record, item) if record is not None else None, record)
        (draft.custom if item.custom else draft.own)[item.key] = value


def _ids(item: Field, raw: Any) -> list[int]:
    given = raw if isinstance(raw, list | tuple) else [raw]
    ids = []
    for one in given[:100]:
        text = str(one)
        if isinstance(one, bool) or not (text.isascii() and text.isdigit() and 0 < len(text) < 19):
            raise Invalid(fields={item.key: [_("Choose one of the list.")]})
        ids.append(int(text))
    return list(dict.fromkeys(ids))


def _workplaces(item: Field, raw: Any) -> list[tuple[int, str]]:
    given = raw if isinstance(raw, list | tuple) else [raw]
    found: dict[int, str] = {}
    for one in given[:100]:
        row = one if isinstance(one, Mapping) else {"company": one}
        if set(row) - {"company", "post"}:
            raise Invalid(fields={item.key: [_("Give a company and a post.")]})
        post = str(row.get("post") or "").strip()
        if len(post) > 150 or "\0" in post:
            raise Invalid(fields={item.key: [_("At most %(most)s characters.") % {"most": 150}]})
        found.setdefault(_ids(item, [row.get("company")])[0], post)
    return list(found.items())


def require_filled(items: Sequence[Field], given: Mapping[str, Any]) -> None:
    """Raises Invalid naming every required field that a new record lacks."""
    missing = [item for item in items if item.required and given.get(item.key) in (None, "", [], {})]
    if missing:
        titles = ", ".join(str(item.title) for item in missing)
        raise Invalid(
            _("Fill in: %(fields)s.") % {"fields": titles}, fields={item.key: [_("Fill this in.")] for item in missing}
        )
