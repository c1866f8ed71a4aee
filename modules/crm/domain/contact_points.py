"""Phones and e-mails of a lead: read what was typed, keep it beside its comparable form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from infra.kit.errors import Invalid
from modules.crm.domain.emails import comparable
from modules.crm.domain.people import default_region
from modules.crm.domain.phones import digits_of, e164_of
from modules.crm.models import ContactPoint, Lead

MOST = 10


@dataclass(frozen=True, kw_only=True)
class Point:
    """A phone or an e-mail as typed, and as compared ("" where it cannot be)."""

    kind: str
    typed: str
    value: str


def read_points(phones: Sequence[str], emails: Sequence[str], *, strict: bool = True) -> list[Point]:
    """What was typed as points, empty lines and repeats left out.

    `strict` refuses an e-mail that is none and a phone without digits (Invalid on `phones` / `emails`); otherwise such
    text is kept as typed, since what a visitor wrote must not be lost.
    """
    region = default_region()
    points: list[Point] = []
    wrong: dict[str, list[str]] = {}
    for typed in (text.strip() for text in phones):
        if typed and len(digits_of(typed)) < 3 and strict:
            wrong.setdefault("phones", []).append(_("“%(text)s” is not a phone number.") % {"text": typed})
        elif typed:
            points.append(Point(kind="phone", typed=typed[:254], value=e164_of(typed, region)))
    for typed in (text.strip() for text in emails):
        value = comparable(typed)
        if typed and not value and strict:
            wrong.setdefault("emails", []).append(_("“%(text)s” is not an e-mail address.") % {"text": typed})
        elif typed:
            points.append(Point(kind="email", typed=typed[:254], value=value))
    for name, kind in (("phones", "phone"), ("emails", "email")):
        if sum(point.kind == kind for point in points) > MOST:
            wrong.setdefault(name, []).append(_("At most %(most)s.") % {"most": MOST})
        if any("\0" in point.typed for point in points if point.kind == kind):
            wrong.setdefault(name, []).append(_("This text has characters that cannot be kept."))
    if wrong:
        raise Invalid(fields=wrong)
    return list({point.value or point.typed: point for point in reversed(points)}.values())[::-1]


def points_of(lead: Lead) -> list[Point]:
    """What the lead has now, in order."""
    rows = ContactPoint.objects.filter(lead=lead).order_by("-kind", "position", "id")
    return [Point(kind=row.kind, typed=row.typed, value=row.value) for row in rows]


def replace_points(lead: Lead, points: Sequence[Point]) -> None:
    """Make `points` the lead's only ones."""
    ContactPoint.objects.filter(lead=lead).delete()
    add_points(lead, points)


def add_points(lead: Lead, points: Sequence[Point]) -> None:
    """Give `points` to a lead that has none."""
    ContactPoint.objects.bulk_create(
        ContactPoint(lead=lead, kind=point.kind, typed=point.typed, value=point.value, position=place)
        for place, point in enumerate(points)
    )
