"""What crosses the door of CRM: inputs, results and events, all frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from infra.kit.events import Event
from infra.kit.refs import RecordRef


@dataclass(frozen=True, kw_only=True)
class LeadIntake:
    """A lead from outside (a site's form, a call, a chat).

    `event_id` names the source event: the same one never makes a second lead. `source` is one of form, call, email,
    chat, ad, social, referral, event, partner, import, api, other; `origin` the record it came from. Phones and e-mails
    are as the visitor typed them. `marks` are UTM marks, referrer and landing page; `answers` what else was filled in,
    as (label, value). `responsible_id` is the person the source names; taken where nobody works with the customer yet.
    `values` are answers to fields, as (key of an `AskableField`, text). With `join` it is added to the open record that
    the customer has already. `visits` are pages looked at before, as (moment, path). `first` says that this event was
    never handed over before, which the transaction that made it alone can know.
    """

    event_id: UUID
    source: str
    source_detail: str = ""
    origin: RecordRef | None = None
    title: str = ""
    person_name: str = ""
    company_name: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    comment: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[tuple[str, str], ...] = ()
    responsible_id: int | None = None
    received_at: datetime | None = None
    values: tuple[tuple[str, str], ...] = ()
    join: bool = False
    visits: tuple[tuple[str, str], ...] = ()
    first: bool = False


@dataclass(frozen=True, kw_only=True)
class AskableField:
    """A field that strangers may be asked for. `key` is "<kind>.<field>"; `type` a type of custom fields, or amount or
    addresses; `options` are the titles of choices."""

    key: str
    title: str
    type: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class IntakeTarget:
    """What a request from outside can become: a kind of record, its pipelines as (id, title), what may be asked."""

    kind: str
    title: str
    pipelines: tuple[tuple[int, str], ...] = ()
    fields: tuple[AskableField, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ShownProduct:
    """A product as strangers may see it; `price` is the usual one in `currency`, None where it has none; `picture` a
    PNG, b"" for none."""

    id: int
    title: str
    text: str = ""
    price: Decimal | None = None
    currency: str = ""
    picture: bytes = b""


@dataclass(frozen=True, kw_only=True)
class LeadAccepted:
    """Where an intake went: `lead` is the record, of whatever kind. `created` is False when this event had made it
    before, or it joined one that was open."""

    lead: RecordRef
    created: bool
    responsible_id: int | None
    duplicates: tuple[RecordRef, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LeadCreated(Event):
    """A lead was made, by hand or from outside."""

    name: ClassVar[str] = "crm.lead_created"
    lead: RecordRef
    title: str
    source: str
    responsible_id: int | None
    origin: RecordRef | None = None


@dataclass(frozen=True, kw_only=True)
class LeadMoved(Event):
    """A lead went to another stage; `kind` is open, won or lost."""

    name: ClassVar[str] = "crm.lead_moved"
    lead: RecordRef
    from_stage_id: int
    to_stage_id: int
    kind: str
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class LeadAssigned(Event):
    """A lead got another responsible person."""

    name: ClassVar[str] = "crm.lead_assigned"
    lead: RecordRef
    from_user_id: int | None
    to_user_id: int | None
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class LeadDeleted(Event):
    """A lead went to the trash."""

    name: ClassVar[str] = "crm.lead_deleted"
    lead: RecordRef
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordCreated(Event):
    """A contact, company or deal was made (leads have LeadCreated)."""

    name: ClassVar[str] = "crm.record_created"
    record: RecordRef
    title: str
    responsible_id: int | None
    created_by_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordChanged(Event):
    """Fields of a record of any kind have other values; `fields` are their keys."""

    name: ClassVar[str] = "crm.record_changed"
    record: RecordRef
    fields: tuple[str, ...]
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordMoved(Event):
    """A deal went to another stage; `kind` is open, won or lost (leads have LeadMoved)."""

    name: ClassVar[str] = "crm.record_moved"
    record: RecordRef
    from_stage_id: int
    to_stage_id: int
    kind: str
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordAssigned(Event):
    """A contact, company or deal got another responsible person (leads have LeadAssigned)."""

    name: ClassVar[str] = "crm.record_assigned"
    record: RecordRef
    from_user_id: int | None
    to_user_id: int | None
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordDeleted(Event):
    """A contact, company or deal went to the trash (leads have LeadDeleted)."""

    name: ClassVar[str] = "crm.record_deleted"
    record: RecordRef
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class RecordsMerged(Event):
    """Records of one kind became one; those `merged` are in the trash and all their links are on `record`."""

    name: ClassVar[str] = "crm.records_merged"
    record: RecordRef
    merged: tuple[RecordRef, ...]
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class ActivityDone(Event):
    """A call, meeting, letter, task or own kind of activity of `record` is done; `kind` is call … or own:3."""

    name: ClassVar[str] = "crm.activity_done"
    record: RecordRef
    activity_id: int
    kind: str
    direction: str
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """A call with the client of `record` is over, put down by a person, a program or a telephone exchange; it stands
    on the timeline as `activity_id`. `direction` is in or out; a `missed` one was not answered; `seconds` is how long
    they talked, None where nobody measured it."""

    name: ClassVar[str] = "crm.call_ended"
    record: RecordRef
    activity_id: int
    direction: str
    missed: bool
    seconds: int | None
    actor_id: int | None


@dataclass(frozen=True, kw_only=True)
class CallIntake:
    """A call that a telephone exchange has seen end.

    `event_id` names it: the same one is put down once. `number` is the client's, in any writing; `direction` in or out.
    `record` is what the call was made from, else whoever has the number is looked for. `person_id` is the colleague.
    """

    event_id: UUID
    number: str
    direction: str
    missed: bool = False
    seconds: int | None = None
    started_at: datetime | None = None
    person_id: int | None = None
    record: RecordRef | None = None


@dataclass(frozen=True, kw_only=True)
class CallPutDown:
    """Where a call went: the record whose timeline it stands on, None where nobody has that number."""

    record: RecordRef | None
    activity_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CatalogueSection:
    """A section of the catalogue; `depth` is 0 at the top."""

    id: int
    name: str
    depth: int


@dataclass(frozen=True, kw_only=True)
class CatalogueProduct:
    """A product for sale as everyone may see it.

    `price` is the usual one per `unit`, None where there is none in `currency`; `price_from` is its cheapest variant's.
    `in_stock` says whether some is available, not how much.
    """

    id: int
    title: str
    sku: str
    description: str
    section: str
    unit: str
    price: Decimal | None
    price_from: Decimal | None
    currency: str
    vat_included: bool
    in_stock: bool
    has_picture: bool
