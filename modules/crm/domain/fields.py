"""Fields as data: what a record's fields are, built in or made by an administrator.

Forms, cards, columns, filters, the API, search, merge and layouts are all made from these; none knows a field by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text
from modules.crm.models import (
    ClientType,
    Currency,
    CustomField,
    DealType,
    Employees,
    FieldOption,
    Honorific,
    Industry,
    ItemType,
    Source,
)

Type = CustomField.Type
# Types of built-in fields that custom ones do not have.
AMOUNT, PHONES, EMAILS, MESSENGERS, SITES, ADDRESSES = "amount", "phones", "emails", "messengers", "sites", "addresses"
POINTS = (PHONES, EMAILS, MESSENGERS, SITES)
PEOPLE_OF_DEAL, PLACES_OF_WORK, LOST_REASON = "contacts", "companies", "lost_reason"
PRICE_TYPE, PRODUCT_SECTION, OPTIONS = "price_type", "section", "options"
# Types whose values are words to search; the others are for filters.
SEARCHED = frozenset({Type.TEXT, Type.LONG_TEXT, Type.NUMBER, Type.LINK, Type.ADDRESS})


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field. `key` is the attribute of the model, or "f12" of a custom field.

    `choices` of built-in choices are (value, title), of custom ones (option id, name), retired ones left out;
    `retired` names those. `links` are the kinds that a link may lead to. `section` is where a card shows it at first.
    `fixed` ones are kept by verbs alone; `most` bounds a built-in number from above.
    """

    key: str
    title: Text
    type: str = Type.TEXT
    section: str = "main"
    help: Text = ""
    required: bool = False
    longest: int = 200
    places: int = 0
    multiple: bool = False
    choices: Sequence[tuple[Any, Text]] = ()
    retired: Sequence[tuple[Any, Text]] = ()
    links: Sequence[str] = ()
    formula: str = ""
    in_list: bool = False
    in_filter: bool = False
    in_search: bool = False
    order: str = ""
    custom: bool = False
    field_id: int = 0
    empty: Any = field(default="")
    fixed: bool = False
    most: int = 100

    @property
    def settable(self) -> bool:
        """Whether people give its value."""
        return not self.fixed and self.type != Type.FORMULA


SECTIONS: Mapping[str, Text] = {
    "main": _("Main"),
    "contacts": _("How to reach"),
    "request": pgettext_lazy("what a client asks for", "Request"),
    "about": pgettext_lazy("more details", "About"),
    "source": _("Where it came from"),
    "note": _("Note"),
    "people": _("Colleagues"),
    "sum": pgettext_lazy("of a paper", "Sum"),
    "prices": _("Terms of sale"),
    "stock": _("Stock"),
    "papers": _("On the paper"),
    "own": _("More"),
}


def _text(key: str, title: Text, longest: int = 200, **more: Any) -> Field:
    return Field(key=key, title=title, longest=longest, **more)


def _choice(key: str, title: Text, choices: Any, **more: Any) -> Field:
    return Field(key=key, title=title, type=Type.CHOICE, choices=choices.choices, **more)


_COMMENT = Field(key="comment", title=_("Comment"), type=Type.LONG_TEXT, section="note", longest=10_000)
WATCHERS = Field(
    key="watchers",
    title=_("Watchers"),
    type=Type.PERSON,
    section="people",
    help=_("They see the record and hear what happens to it."),
    multiple=True,
    in_filter=True,
    empty=[],
)
_SOURCE = (
    _choice("source", _("Source"), Source, section="source", in_filter=True, empty=Source.OTHER.value),
    _text("source_detail", _("Details of the source"), section="source"),
)
_REACH = (
    Field(key="phones", title=_("Phones"), type=PHONES, section="contacts", in_list=True, in_search=True),
    Field(key="emails", title=_("E-mails"), type=EMAILS, section="contacts", in_list=True, in_search=True),
    Field(key="messengers", title=_("Messengers"), type=MESSENGERS, section="contacts"),
    Field(key="sites", title=_("Sites"), type=SITES, section="contacts"),
    Field(key="addresses", title=_("Addresses"), type=ADDRESSES, section="contacts"),
)
_HONORIFIC = _choice("honorific", _("Form of address"), Honorific)
_BIRTHDAY = Field(key="birthday", title=_("Birthday"), type=Type.DATE, section="about", empty=None)
_AMOUNT = (
    Field(
        key="amount",
        title=_("Amount"),
        type=AMOUNT,
        section="request",
        in_list=True,
        in_filter=True,
        order="amount",
        empty=Decimal(0),
    ),
    _choice("currency", _("Currency"), Currency, section="request", in_filter=True, required=True),
)
_COMPANY = Field(
    key="company_id",
    title=_("Company"),
    type=Type.RECORD,
    links=("company",),
    in_list=True,
    in_filter=True,
    empty=None,
)
_TERMS_OF_SALE = (
    Field(
        key="price_type_id",
        title=_("Price type"),
        type=PRICE_TYPE,
        section="prices",
        help=_("Which prices rows start with."),
        empty=None,
    ),
    Field(
        key="discount",
        title=_("Personal discount, %"),
        type=Type.NUMBER,
        places=2,
        section="prices",
        empty=Decimal(0),
    ),
)
_LOST = Field(
    key="lost_reason_id", title=_("Why it was lost"), type=LOST_REASON, section="request", in_filter=True, empty=None
)

LEAD_FIELDS = (
    _text("title", _("Title"), required=True, in_list=True, in_search=True),
    _HONORIFIC,
    _text("person_name", _("Person"), in_list=True, in_search=True),
    _text("post", _("Post"), 150),
    _text("company_name", _("Company"), in_search=True),
    *_REACH,
    *_AMOUNT,
    *_SOURCE,
    _BIRTHDAY,
    _LOST,
    _COMMENT,
    WATCHERS,
)
CONTACT_FIELDS = (
    _HONORIFIC,
    _text("first_name", _("First name"), 100, in_search=True),
    _text("middle_name", _("Middle name"), 100, in_search=True),
    _text("last_name", _("Last name"), 100, in_search=True),
    Field(key="companies", title=_("Companies"), type=PLACES_OF_WORK, links=("company",), in_list=True, in_filter=True),
    _text("post", _("Post"), 150),
    *_REACH,
    _choice("type", _("Type"), ClientType, section="about", in_filter=True),
    _BIRTHDAY,
    *_TERMS_OF_SALE,
    *_SOURCE,
    _COMMENT,
    WATCHERS,
)
COMPANY_FIELDS = (
    _text("name", _("Name"), 300, required=True, in_list=True, in_search=True, order="name"),
    _choice("type", _("Type"), ClientType, in_filter=True, in_list=True),
    Field(
        key="parent_id",
        title=_("Part of"),
        type=Type.RECORD,
        links=("company",),
        in_filter=True,
        in_list=True,
        empty=None,
    ),
    *_REACH,
    _choice("industry", _("Industry"), Industry, section="about", in_filter=True),
    _choice("employees", pgettext_lazy("how many", "Employees"), Employees, section="about", in_filter=True),
    Field(key="revenue", title=_("Yearly revenue"), type=AMOUNT, section="about", empty=Decimal(0)),
    _choice("currency", _("Currency"), Currency, section="about", required=True),
    Field(key="is_own", title=_("Our own company"), type=Type.YESNO, section="about", in_filter=True, empty=False),
    *_TERMS_OF_SALE,
    *_SOURCE,
    _COMMENT,
    WATCHERS,
)
DEAL_FIELDS = (
    _text("title", _("Title"), required=True, in_list=True, in_search=True),
    *_AMOUNT,
    _COMPANY,
    Field(key="contacts", title=_("Contacts"), type=PEOPLE_OF_DEAL, links=("contact",), in_list=True, in_filter=True),
    _choice("type", _("Type"), DealType, section="request", in_filter=True),
    Field(key="begins_on", title=_("Begins"), type=Type.DATE, section="request", empty=None),
    Field(
        key="closes_on",
        title=_("Expected to close"),
        type=Type.DATE,
        section="request",
        in_list=True,
        in_filter=True,
        order="closes_on",
        empty=None,
    ),
    Field(
        key="probability",
        title=_("Probability, %"),
        type=Type.NUMBER,
        section="request",
        help=_("Left empty, the stage's."),
        empty=None,
    ),
    Field(
        key="own_company_id",
        title=_("Sold by"),
        type=Type.RECORD,
        links=("company",),
        section="request",
        help=_("Which of our own companies."),
        empty=None,
    ),
    _LOST,
    *_SOURCE,
    _COMMENT,
    WATCHERS,
)


_ITEM_LINKS = {
    "company": _COMPANY,
    "contact": Field(
        key="contact_id",
        title=_("Contact"),
        type=Type.RECORD,
        links=("contact",),
        in_list=True,
        in_filter=True,
        empty=None,
    ),
    "deal": Field(
        key="deal_id", title=_("Deal"), type=Type.RECORD, links=("deal",), in_list=True, in_filter=True, empty=None
    ),
    "lead": Field(
        key="lead_id", title=_("Lead"), type=Type.RECORD, links=("lead",), in_list=True, in_filter=True, empty=None
    ),
}
_ITEM_DATES = (
    Field(key="begins_on", title=_("Begins"), type=Type.DATE, section="request", in_list=True, empty=None),
    Field(
        key="closes_on",
        title=_("Ends"),
        type=Type.DATE,
        section="request",
        in_list=True,
        in_filter=True,
        order="closes_on",
        empty=None,
    ),
)


def item_fields(row: ItemType) -> tuple[Field, ...]:
    """The built-in fields of a kind that the company made. The title of a numbered one may be left to the number."""
    return (
        _text("title", _("Title"), required=not row.numbered, in_list=True, in_search=True),
        *(_ITEM_LINKS[name] for name in ItemType.LINKS if name in row.links),
        *(_AMOUNT if row.with_amount else ()),
        *(_ITEM_DATES if row.with_dates else ()),
        *((_LOST,) if row.staged else ()),
        _COMMENT,
        WATCHERS,
    )


# What programs give and ask for, and cards do not show: what the record is called in another system.
OUTSIDE = (
    _text("external_system", _("Other system"), 60),
    _text("external_id", _("Id in the other system"), 120),
)


def of_custom(row: CustomField, options: Sequence[FieldOption] = ()) -> Field:
    """A custom field as a Field; `options` are all of its options, retired ones too."""
    return Field(
        key=row.key,
        title=row.name,
        type=row.type,
        section="own",
        help=row.help,
        required=row.required,
        longest=10_000 if row.type == Type.LONG_TEXT else 500,
        places=int(row.settings.get("places", 0)),
        multiple=bool(row.settings.get("multiple")),
        choices=[(option.pk, option.name) for option in options if option.archived_at is None],
        retired=[(option.pk, option.name) for option in options if option.archived_at is not None],
        links=tuple(row.settings.get("links", ())),
        formula=str(row.settings.get("formula", "")),
        in_list=row.in_list,
        in_filter=row.in_filter,
        in_search=row.in_search,
        custom=True,
        field_id=row.pk,
        empty=None,
    )
