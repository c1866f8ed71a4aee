"""Events and references survive the way through JSON unchanged."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.kit.events import Event
from infra.kit.refs import RecordRef


@dataclass(frozen=True)
class Line:
    title: str
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class Ordered(Event):
    name = "shop.ordered"
    order: RecordRef
    total: Decimal
    at: datetime
    due: date | None
    token: UUID
    lines: tuple[Line, ...]
    marks: dict[str, str]
    note: str = "added later"


refs = st.builds(
    RecordRef,
    st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True),
    st.integers(1, 2**62),
)
money = st.decimals(allow_nan=False, allow_infinity=False, places=6)
orders = st.builds(
    Ordered,
    order=refs,
    total=money,
    at=st.datetimes(timezones=st.just(UTC)),
    due=st.none() | st.dates(),
    token=st.uuids(),
    lines=st.lists(st.builds(Line, st.text(), money)).map(tuple),
    marks=st.dictionaries(st.text(), st.text()),
    note=st.text(),
)


@given(orders)
def test_an_event_comes_back_equal(event: Ordered) -> None:
    assert Ordered.from_payload(json.loads(json.dumps(event.to_payload()))) == event


def test_an_event_written_before_a_field_was_added_is_still_read() -> None:
    payload = Ordered(
        order=RecordRef("shop", "order", 1),
        total=Decimal("1.10"),
        at=datetime(2026, 1, 1, tzinfo=UTC),
        due=None,
        token=UUID(int=1),
        lines=(),
        marks={},
    ).to_payload()
    del payload["note"]
    assert Ordered.from_payload({**payload, "dropped_since": 1}).note == "added later"


@given(refs)
def test_a_reference_comes_back_equal(ref: RecordRef) -> None:
    assert RecordRef.parse(str(ref)) == ref


@pytest.mark.parametrize(
    "text", ["", "crm.lead", "crm.lead:0", "crm.lead:-1", "crm.lead:1;", "Crm.lead:1", "crm.lead:٣"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a record reference"):
        RecordRef.parse(text)
