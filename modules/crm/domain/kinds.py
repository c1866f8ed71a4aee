"""The kinds of records: one entry each, by which every shared mechanism knows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import NotFound, Text
from modules.crm.domain import fields
from modules.crm.domain.fields import Field, of_custom
from modules.crm.models import Company, Contact, CustomField, Deal, Lead, Record


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of record. Contact points, activities and files link to it by a key named `key`; `staged` ones go through
    a pipeline; `reachable` ones have phones, e-mails and addresses of their own. `title_field` holds what the record is
    called, `asks_for` is the field that a record without any name is refused at."""

    key: str
    model: Any
    title: Text
    plural: Text
    icon: str
    fields: Sequence[Field]
    staged: bool = False
    reachable: bool = False
    title_field: str = "title"
    asks_for: str = "title"

    def permission(self, verb: str) -> str:
        """The key of the permission to view, create, edit, delete or export."""
        return f"crm.{self.key}.{verb}"

    @property
    def list_url(self) -> str:
        """Name of the page with the list."""
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
)
KINDS: Mapping[str, Kind] = {kind.key: kind for kind in (LEAD, CONTACT, COMPANY, DEAL)}


def kind_of(record: Record) -> Kind:
    """The kind of `record`."""
    return KINDS[record.kind]


def kind_named(key: str) -> Kind:
    """The kind called `key`. Raises NotFound."""
    try:
        return KINDS[key]
    except KeyError:
        raise NotFound from None


def custom_fields(kind: Kind) -> list[Field]:
    """The custom fields in use of `kind`, in order (two statements)."""
    rows = CustomField.objects.filter(kind=kind.key, archived_at__isnull=True).prefetch_related("options")
    return [of_custom(row, list(row.options.all())) for row in rows]


def fields_of(kind: Kind) -> list[Field]:
    """All fields of `kind`: built in, then custom ones."""
    return [*kind.fields, *custom_fields(kind)]


def field_map(kind: Kind) -> dict[str, Field]:
    """`fields_of` by key."""
    return {item.key: item for item in fields_of(kind)}


def value_of(record: Record, item: Field) -> Any:
    """What `record` holds for a field that is kept on its own row or among its custom values."""
    return record.custom.get(item.key) if item.custom else getattr(record, item.key)
