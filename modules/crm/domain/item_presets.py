"""Kinds of records that a company may begin from: what most would make by hand, with stages and fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text
from modules.crm.domain.custom_field import FieldDesign
from modules.crm.models import CustomField, Stage

Type, Colour, Means = CustomField.Type, Stage.Colour, Stage.Kind


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A kind to begin from. `stages` are (name, colour, what it means)."""

    key: str
    name: Text
    plural: Text
    icon: str
    colour: str
    text: Text
    prefix: str
    links: Sequence[str]
    stages: Sequence[tuple[Text, str, str]]
    fields: Sequence[FieldDesign]
    with_amount: bool = False
    with_dates: bool = False


def _field(name: Any, kind: str, *options: Any, **more: Any) -> FieldDesign:
    return FieldDesign(name=name, type=kind, options=options, **more)


_ALL = (
    Preset(
        key="claim",
        name=_("Claim"),
        plural=_("Claims"),
        icon="alert-triangle",
        colour=Colour.DANGER,
        text=_("What clients complain about, from the first letter to the decision."),
        prefix="C-",
        links=("company", "contact", "deal"),
        with_amount=True,
        stages=(
            (_("Received"), Colour.INFO, Means.OPEN),
            (_("Being looked into"), Colour.ACCENT, Means.OPEN),
            (_("Awaiting the client"), Colour.WARNING, Means.OPEN),
            (_("Settled"), Colour.SUCCESS, Means.WON),
            (_("Rejected"), Colour.DANGER, Means.LOST),
        ),
        fields=(
            _field(_("What it is about"), Type.CHOICE, _("Quality"), _("Delivery"), _("Papers"), in_list=True),
            _field(_("What the client wants"), Type.LONG_TEXT),
            _field(_("Answer by"), Type.DATE, in_list=True),
        ),
    ),
    Preset(
        key="contract",
        name=pgettext_lazy("a paper", "Contract"),
        plural=pgettext_lazy("papers", "Contracts"),
        icon="file-certificate",
        colour=Colour.ACCENT,
        text=_("Papers with a number, a term and an amount, on the way from a draft to the archive."),
        prefix="",
        links=("company", "contact", "deal"),
        with_amount=True,
        with_dates=True,
        stages=(
            (_("Draft"), Colour.NEUTRAL, Means.OPEN),
            (_("Being agreed"), Colour.INFO, Means.OPEN),
            (_("At the signing"), Colour.WARNING, Means.OPEN),
            (_("In force"), Colour.SUCCESS, Means.WON),
            (_("Not signed"), Colour.DANGER, Means.LOST),
        ),
        fields=(
            _field(_("Number of the contract"), Type.TEXT, in_list=True, in_search=True),
            _field(_("Signed by"), Type.PERSON),
            _field(_("Renewed by itself"), Type.YESNO),
            _field(_("Signed copy"), Type.FILE, multiple=True),
        ),
    ),
    Preset(
        key="vehicle",
        name=_("Vehicle"),
        plural=_("Vehicles"),
        icon="car",
        colour=Colour.INFO,
        text=_("Cars of clients or of your own: plate, mileage, when they are due for service."),
        prefix="",
        links=("company", "contact"),
        stages=(
            (_("On the road"), Colour.SUCCESS, Means.OPEN),
            (_("In the workshop"), Colour.WARNING, Means.OPEN),
            (_("Sold"), Colour.NEUTRAL, Means.WON),
            (_("Written off"), Colour.DANGER, Means.LOST),
        ),
        fields=(
            _field(_("Plate"), Type.TEXT, in_list=True, in_search=True),
            _field("VIN", Type.TEXT, in_search=True),
            _field(_("Mileage, km"), Type.NUMBER, places=0, in_list=True),
            _field(_("Next service"), Type.DATE, in_list=True),
        ),
    ),
    Preset(
        key="request",
        name=pgettext_lazy("a thing to be done for somebody", "Request"),
        plural=pgettext_lazy("things to be done for somebody", "Requests"),
        icon="headset",
        colour=Colour.WARNING,
        text=_("What clients or colleagues ask for: taken, done, answered."),
        prefix="R-",
        links=("company", "contact"),
        stages=(
            (_("New"), Colour.INFO, Means.OPEN),
            (_("In work"), Colour.ACCENT, Means.OPEN),
            (_("Waiting for an answer"), Colour.WARNING, Means.OPEN),
            (_("Done"), Colour.SUCCESS, Means.WON),
            (_("Rejected"), Colour.DANGER, Means.LOST),
        ),
        fields=(
            _field(_("Urgency"), Type.CHOICE, _("Usual"), _("Urgent"), _("Everything stands still"), in_list=True),
            _field(_("What is asked for"), Type.LONG_TEXT),
        ),
    ),
)
PRESETS: Mapping[str, Preset] = {preset.key: preset for preset in _ALL}
