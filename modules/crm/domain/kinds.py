"""The kinds of records: one entry each, by which every shared mechanism knows them.

Built-in ones are the same everywhere; smart ones are what the portal that is entered has made (`ItemType`). Whoever
wants all of them asks `kinds()`, whoever has a key `kind_named()`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from infra.db import changes
from infra.db.current import portal_schema
from infra.db.prepared import Prepared
from infra.kit.addresses import address
from infra.kit.errors import NotFound, Text
from modules.crm.domain import fields
from modules.crm.domain.fields import Field, of_custom
from modules.crm.domain.selling.fields import INVOICE_FIELDS, PRODUCT_FIELDS, QUOTE_FIELDS
from modules.crm.models import (
    Company,
    Contact,
    CustomField,
    Deal,
    FieldOption,
    Invoice,
    Item,
    ItemType,
    Lead,
    Product,
    Quote,
    Record,
    RecordQuerySet,
)

REMEMBERED_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record. `staged` ones go through a pipeline; `reachable` ones have phones, e-mails and addresses of
    their own; `mergeable` ones may become one. `title_field` holds what the record is called, `asks_for` is the field
    that a record without any name is refused at, `calendar` the day by which a calendar shows it. `type_id` is set for
    smart kinds alone: all of those share one table, so rows are asked for by `rows()` and made by `new()`, never from
    `model`."""

    key: str
    model: Any
    title: Text
    plural: Text
    icon: str
    fields: Sequence[Field]
    staged: bool = False
    reachable: bool = False
    mergeable: bool = True
    title_field: str = "title"
    asks_for: str = "title"
    calendar: str = ""
    type_id: int = 0
    colour: str = ""
    numbered: bool = False
    prefix: str = ""
    pinned: bool = False

    @property
    def link(self) -> str:
        """The name of the key by which activities, files, contact points and other rows point at its records."""
        return "item" if self.type_id else self.key

    @property
    def list_group(self) -> str:
        """Who looks at a list or board of its records listens to this group."""
        return f"list:crm.item:{self.type_id}" if self.type_id else f"list:crm.{self.key}"

    def rows(self) -> RecordQuerySet[Any]:
        """All its records in the portal that is entered, those in the trash too; whose right it is is not asked."""
        rows: RecordQuerySet[Any] = self.model.objects.all()
        return rows.filter(type_id=self.type_id) if self.type_id else rows

    def new(self, **values: Any) -> Any:
        """A record that is not saved yet."""
        return self.model(type_id=self.type_id, **values) if self.type_id else self.model(**values)

    def has(self, key: str) -> bool:
        """Whether it has the built-in field `key`."""
        return any(item.key == key for item in self.fields)

    def permission(self, verb: str) -> str:
        """The key of the permission to view, create, edit, delete or export."""
        return f"crm.{self.key}.{verb}"

    def url(self, page: str = "list", *arguments: Any) -> str:
        """The address of one of its pages: list, board, calendar, add, trash; with a record's id: card, edit, …"""
        if self.type_id:
            name = {"list": "items", "card": "item"}.get(page, f"item_{page}")
            return address(f"crm:{name}", self.type_id, *arguments)
        if page == "board" and self.key == "lead":
            return address("crm:board")
        name = {"list": self.plural_key, "card": self.key}.get(page, f"{self.key}_{page}")
        return address(f"crm:{name}", *arguments)

    @property
    def list_url(self) -> str:
        """Name of the page with the list, of built-in kinds."""
        return f"crm:{self.plural_key}"

    @property
    def plural_key(self) -> str:
        """The plural as in addresses."""
        return "companies" if self.key == "company" else f"{self.key}s"


LEAD = Kind(
    key="lead",
    model=Lead,
    title=_("Lead"),
    plural=_("Leads"),
    icon="user-plus",
    fields=fields.LEAD_FIELDS,
    staged=True,
    reachable=True,
    calendar="next_step_at",
)
CONTACT = Kind(
    key="contact",
    model=Contact,
    title=_("Contact"),
    plural=_("Contacts"),
    icon="user",
    fields=fields.CONTACT_FIELDS,
    reachable=True,
    title_field="name",
    asks_for="first_name",
)
COMPANY = Kind(
    key="company",
    model=Company,
    title=_("Company"),
    plural=_("Companies"),
    icon="building",
    fields=fields.COMPANY_FIELDS,
    reachable=True,
    title_field="name",
    asks_for="name",
)
DEAL = Kind(
    key="deal",
    model=Deal,
    title=_("Deal"),
    plural=_("Deals"),
    icon="briefcase",
    fields=fields.DEAL_FIELDS,
    staged=True,
    calendar="closes_on",
)
QUOTE = Kind(
    key="quote",
    model=Quote,
    title=_("Quote"),
    plural=_("Quotes"),
    icon="file-text",
    fields=QUOTE_FIELDS,
    mergeable=False,
    calendar="valid_until",
)
INVOICE = Kind(
    key="invoice",
    model=Invoice,
    title=_("Invoice"),
    plural=_("Invoices"),
    icon="file-invoice",
    fields=INVOICE_FIELDS,
    mergeable=False,
    calendar="due_on",
)
PRODUCT = Kind(
    key="product",
    model=Product,
    title=_("Product"),
    plural=_("Products"),
    icon="package",
    fields=PRODUCT_FIELDS,
    mergeable=False,
)
# The shape of all kinds that companies make, with everything a type can have: by it the API is described.
ITEM = Kind(
    key="item",
    model=Item,
    title=_("Own object"),
    plural=_("Own objects"),
    icon="box",
    fields=fields.item_fields(ItemType(links=list(ItemType.LINKS), with_amount=True, with_dates=True)),
    staged=True,
)
# Built-in ones alone: for addresses, filters and the API, which are made at start-up.
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (LEAD, CONTACT, COMPANY, DEAL, QUOTE, INVOICE, PRODUCT)}


_remembered: dict[str, tuple[float, Mapping[str, Kind]]] = {}


def kinds() -> Mapping[str, Kind]:
    """All kinds of the portal that is entered by key, built-in ones first."""
    return {**KINDS, **smart_kinds()}


def smart_kinds() -> Mapping[str, Kind]:
    """The kinds that the portal has made, in its order; remembered under its schema until `forget_kinds`."""
    schema = portal_schema()
    until, known = _remembered.get(schema, (0.0, {}))
    if until > time.monotonic():
        return known
    found = {kind.key: kind for kind in map(kind_of_type, ItemType.objects.filter(deleted_at__isnull=True))}
    if not connection.in_atomic_block:  # what an open transaction sees may never come true
        _remembered[schema] = (time.monotonic() + REMEMBERED_SECONDS, found)
    return found


def kind_of_type(row: ItemType) -> Kind:
    """The kind that a type makes, also one that is in the trash."""
    return Kind(
        key=f"item_{row.pk}",
        model=Item,
        title=row.name,
        plural=row.plural,
        icon=row.icon,
        colour=row.colour,
        fields=fields.item_fields(row),
        staged=row.staged,
        calendar="closes_on" if row.with_dates else "",
        type_id=row.pk,
        numbered=row.numbered,
        prefix=row.prefix,
        pinned=row.pinned,
    )


def forget_kinds() -> None:
    """Have every process read the portal's kinds anew, at commit: a type was made, changed or deleted."""
    changes.announce(portal_schema())


@changes.on_change
def _forget(schema: str) -> None:
    if schema == changes.EVERYTHING:
        _remembered.clear()
    else:
        _remembered.pop(schema, None)


def kind_of(record: Record) -> Kind:
    """The kind of `record`. Raises NotFound for one whose type is in the trash."""
    return kind_named(record.kind)


def kind_named(key: str) -> Kind:
    """The kind called `key`, built in or of the portal that is entered. Raises NotFound."""
    found = KINDS.get(key) or (smart_kinds().get(key) if key.startswith("item_") else None)
    if found is None:
        raise NotFound
    return found


def model_named(key: str) -> Any:
    """The table of records of the kind called `key`, also where its type is in the trash."""
    return Item if key.startswith("item_") else KINDS[key].model


def custom_fields(kind: Kind) -> list[Field]:
    """The custom fields in use of `kind`, in order (two statements)."""
    rows = _CUSTOM.found(kind.key)
    options: dict[int, list[FieldOption]] = {row.pk: [] for row in rows}
    for option in _OPTIONS.found(kind.key) if rows else ():
        options[option.field_id].append(option)
    return [of_custom(row, options[row.pk]) for row in rows]


_CUSTOM = Prepared(lambda kind: CustomField.objects.filter(kind=kind, archived_at__isnull=True))
_OPTIONS = Prepared(lambda kind: FieldOption.objects.filter(field__kind=kind, field__archived_at__isnull=True))


def fields_of(kind: Kind) -> list[Field]:
    """All fields of `kind`: built in, then custom ones."""
    return [*kind.fields, *custom_fields(kind)]


def field_map(kind: Kind) -> dict[str, Field]:
    """`fields_of` by key, and those that programs alone give."""
    return {item.key: item for item in [*fields_of(kind), *fields.OUTSIDE]}


def value_of(record: Record, item: Field) -> Any:
    """What `record` holds for a field that is kept on its own row or among its custom values."""
    return record.custom.get(item.key) if item.custom else getattr(record, item.key)
