"""The API form of records, made from their fields; of stages, activities and own fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypedDict

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from infra.api.serializers import StrictSerializer
from modules.crm.domain.fields import OUTSIDE, Field, Type
from modules.crm.domain.files import file_url
from modules.crm.domain.kinds import DEAL, Kind, custom_fields
from modules.crm.models import Activity, File
from modules.crm.models.activity import TO_DO

_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
TO_DO_KINDS = [(one.value, one.label) for one in TO_DO]


class PointsField(serializers.ListField):
    """Phones, e-mails, messengers or sites: texts as typed, or {"typed", "label"}."""

    child = serializers.JSONField()


def _api_field(item: Field) -> serializers.Field[Any, Any, Any, Any]:
    plain: dict[str, Any] = {"read_only": True} if item.fixed else {"required": False}
    match item.type:
        case "phones" | "emails" | "messengers" | "sites" | "addresses" | "companies":
            return PointsField(max_length=100, **plain)
        case "contacts":
            return serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=100, **plain)
        case "amount":
            return serializers.DecimalField(max_digits=17, decimal_places=3, min_value=0, **plain)
        case Type.CHOICE:
            return serializers.ChoiceField(choices=item.choices, allow_blank=not item.required, **plain)
        case Type.DATE:
            return serializers.DateField(allow_null=True, **plain)
        case Type.YESNO:
            return serializers.BooleanField(**plain)
        case Type.NUMBER if item.places:
            return serializers.DecimalField(
                max_digits=17, decimal_places=item.places, min_value=0, allow_null=item.empty is None, **plain
            )
        case Type.NUMBER:
            return serializers.IntegerField(min_value=0, max_value=100, allow_null=True, **plain)
        case "options":
            return serializers.DictField(child=serializers.CharField(), **plain)
        case Type.PERSON:
            people = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
            return serializers.ListField(child=people, max_length=50, **plain)
        case Type.RECORD | "lost_reason" | "price_type" | "section":
            return serializers.IntegerField(min_value=1, allow_null=True, **plain)
    return serializers.CharField(max_length=item.longest, allow_blank=True, **plain)


def api_name(item: Field) -> str:
    """A field's name in the API: links are named by what they lead to."""
    return item.key if item.type == Type.TEXT else item.key.removesuffix("_id")


def serializer_for(kind: Kind) -> type[StrictSerializer]:
    """The API form of records of `kind`. Own fields are under `custom` by their keys."""
    made: dict[str, Any] = {"__doc__": str(kind.model.__doc__).split("\n", 1)[0]}
    made["id"] = serializers.IntegerField(read_only=True)
    made |= {api_name(item): _api_field(item) for item in (*kind.fields, *OUTSIDE)}
    if kind.staged:
        made["stage"] = serializers.IntegerField(source="stage_id", required=False, min_value=1)
        made["pipeline"] = serializers.IntegerField(read_only=True)
    if kind.title_field == "title":
        made["title"] = serializers.CharField(
            max_length=next(item.longest for item in kind.fields if item.key == "title"),
            required=False,
            allow_blank=True,
            help_text=_("Named after the person, company or contact when left out."),
        )
    made["responsible"] = serializers.IntegerField(
        source="responsible_id", required=False, allow_null=True, min_value=1
    )
    made["custom"] = serializers.DictField(
        child=serializers.JSONField(allow_null=True), required=False, help_text=_("Own fields by key, like f12.")
    )
    for name in ("created_at", "updated_at", "next_step_at", "last_activity_at"):
        made[name] = serializers.DateTimeField(read_only=True)
    if kind.staged:
        made |= {name: serializers.DateTimeField(read_only=True) for name in ("stage_since", "closed_at")}
    if kind.link == "item":
        made["type"] = serializers.IntegerField(read_only=True)
        made["number"] = serializers.IntegerField(read_only=True, allow_null=True)
    if hasattr(kind.model, "marks"):
        made["marks"] = serializers.DictField(child=serializers.CharField(), read_only=True)
    made["origin"] = serializers.CharField(read_only=True)
    made["version"] = serializers.IntegerField(read_only=True)
    return type(f"{kind.link.title()}Serializer", (StrictSerializer,), made)


def by_key(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a request by field key, own fields among them."""
    keys = {api_name(item): item.key for item in kind.fields}
    given = {keys.get(name, name): value for name, value in values.items() if name != "custom"}
    return {**given, **_exact(kind, values.get("custom", {}))}


def _exact(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Own values with numbers as programs write them: a point is before the fraction, however many digits follow."""
    types = {item.key: item.type for item in custom_fields(kind)} if values else {}

    def read(raw: Any) -> Any:
        return Decimal(raw) if isinstance(raw, str) and _NUMBER.fullmatch(raw) else raw

    found: dict[str, Any] = {}
    for key, raw in values.items():
        match types.get(key), raw:
            case Type.NUMBER, list():
                found[key] = [read(one) for one in raw]
            case Type.NUMBER, _:
                found[key] = read(raw)
            case Type.MONEY, dict():
                found[key] = {**raw, "amount": read(raw.get("amount"))}
            case _:
                found[key] = raw
    return found


class MoveSerializer(StrictSerializer):
    """Where to; `lost_reason` where the stage means a loss."""

    stage = serializers.IntegerField(min_value=1)
    lost_reason = serializers.IntegerField(min_value=1, required=False, allow_null=True)


class AssignSerializer(StrictSerializer):
    """To whom; null for nobody."""

    responsible = serializers.IntegerField(min_value=1, allow_null=True)


class FileSerializer(StrictSerializer):
    """A file kept with a record. `url` gives its bytes and is good for five minutes."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    size = serializers.IntegerField(read_only=True)
    content_type = serializers.CharField(read_only=True)
    url = serializers.SerializerMethodField()

    def get_url(self, file: File) -> str:
        return file_url(file)


class NewFileSerializer(StrictSerializer):
    """A file for an own field of the type file."""

    field = serializers.CharField(max_length=20, help_text=_("Key of the own field, like f12."))
    file = serializers.FileField()


class CommentSerializer(StrictSerializer):
    """A comment on a record. `@[12]` in its text mentions the colleague with the id 12, who is told if they may see the
    record."""

    id = serializers.IntegerField(read_only=True)
    text = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    mentions = serializers.ListField(
        child=serializers.IntegerField(), read_only=True, help_text=_("Ids of the colleagues that it mentions.")
    )
    files = FileSerializer(many=True, read_only=True)
    author = serializers.IntegerField(source="author_id", read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)


class NewCommentSerializer(StrictSerializer):
    """A comment with files: as multipart/form-data, each file a part named `files`."""

    text = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    files = serializers.ListField(child=serializers.FileField(), required=False, max_length=10)


class NewLetterSerializer(StrictSerializer):
    """A letter to a client. What is left out comes from the `template`, the address from the record."""

    to = serializers.EmailField(required=False)
    subject = serializers.CharField(max_length=200, required=False)
    text = serializers.CharField(max_length=10_000, required=False)
    template = serializers.IntegerField(min_value=1, required=False, help_text=_("Id of a letter template."))


class ActivitySerializer(StrictSerializer):
    """Something to do, or done. A new one names one record: `deal`, `lead`, `contact`, `company`, `quote`, `item`, …"""

    id = serializers.IntegerField(read_only=True)
    kind = serializers.ChoiceField(choices=TO_DO_KINDS)
    own_kind = serializers.IntegerField(source="own_kind_id", required=False, allow_null=True, min_value=1)
    deal = serializers.IntegerField(source="deal_id", required=False, min_value=1)
    lead = serializers.IntegerField(source="lead_id", required=False, min_value=1)
    contact = serializers.IntegerField(source="contact_id", required=False, min_value=1)
    company = serializers.IntegerField(source="company_id", required=False, min_value=1)
    quote = serializers.IntegerField(source="quote_id", required=False, min_value=1)
    invoice = serializers.IntegerField(source="invoice_id", required=False, min_value=1)
    product = serializers.IntegerField(source="product_id", required=False, min_value=1)
    item = serializers.IntegerField(source="item_id", required=False, min_value=1)
    subject = serializers.CharField(max_length=200, required=False, allow_blank=True)
    text = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    due_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)
    responsible = serializers.IntegerField(source="responsible_id", required=False, allow_null=True, min_value=1)
    direction = serializers.ChoiceField(choices=Activity.Direction.choices, required=False, allow_blank=True)
    place = serializers.CharField(max_length=200, required=False, allow_blank=True)
    important = serializers.BooleanField(required=False)
    missed = serializers.BooleanField(required=False, help_text=_("A call that nobody answered."))
    letter = serializers.SerializerMethodField(help_text=_("Of a letter from a card: `to` and what became of it."))
    author = serializers.IntegerField(source="author_id", read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    done_at = serializers.DateTimeField(read_only=True)
    pinned_at = serializers.DateTimeField(read_only=True)
    result = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)

    def get_letter(self, activity: Activity) -> LetterFate | None:
        letter = activity.details.get("letter")
        return None if letter is None else {"to": letter["to"], "state": letter["state"]}


class LetterFate(TypedDict):
    """`state`: queued, waits (tried again by itself), sent, refused (the address) or failed."""

    to: str
    state: str


class NewActivitySerializer(ActivitySerializer):
    """Something to do with one record, or with `done` what was done already, such as a call that is over."""

    done = serializers.BooleanField(required=False)
    result = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class DoneSerializer(StrictSerializer):
    """What came of it."""

    result = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class PinSerializer(StrictSerializer):
    """Whether it stays at the top."""

    pinned = serializers.BooleanField()


DealSerializer = serializer_for(DEAL)


class ConvertSerializer(StrictSerializer):
    """What a lead becomes: ids of known records, `new_…` to make them from the lead, values of the deal."""

    contact = serializers.IntegerField(source="contact_id", required=False, allow_null=True, min_value=1)
    new_contact = serializers.BooleanField(required=False)
    company = serializers.IntegerField(source="company_id", required=False, allow_null=True, min_value=1)
    new_company = serializers.BooleanField(required=False)
    new_deal = serializers.BooleanField(required=False, default=True)
    stage = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    deal = DealSerializer(required=False)


class ConvertedSerializer(serializers.Serializer[Any]):
    """What a lead became: ids."""

    lead = serializers.IntegerField()
    contact = serializers.IntegerField(allow_null=True)
    company = serializers.IntegerField(allow_null=True)
    deal = serializers.IntegerField(allow_null=True)


class MergeSerializer(StrictSerializer):
    """Which records become part of this one; `choices` says whose value a field takes."""

    others = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=20)
    choices = serializers.DictField(child=serializers.IntegerField(min_value=1), required=False)


class OptionSerializer(serializers.Serializer[Any]):
    """One of the answers of a choice."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class CustomFieldSerializer(StrictSerializer):
    """An own field. `options` are the names of the answers; `settings` holds places, links, formula, multiple."""

    id = serializers.IntegerField(read_only=True)
    key = serializers.CharField(read_only=True)
    kind = serializers.CharField(
        max_length=30, help_text=_("lead, contact, company, deal, or item_ and the id of a type.")
    )
    type = serializers.ChoiceField(choices=Type.choices)
    position = serializers.IntegerField(read_only=True)
    name = serializers.CharField(max_length=80)
    help = serializers.CharField(max_length=200, required=False, allow_blank=True)
    required = serializers.BooleanField(required=False)  # type: ignore[assignment]  # a field of this name
    in_list = serializers.BooleanField(required=False)
    in_filter = serializers.BooleanField(required=False)
    in_search = serializers.BooleanField(required=False)
    multiple = serializers.BooleanField(required=False)
    places = serializers.IntegerField(required=False, min_value=0, max_value=6)
    links = serializers.ListField(child=serializers.CharField(), required=False, max_length=10)
    formula = serializers.CharField(required=False, allow_blank=True, max_length=500)
    options = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=500)
    version = serializers.IntegerField(read_only=True)
