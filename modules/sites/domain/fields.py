"""What a form asks: typed fields with a JSON form, and the check of what a visitor answered."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.errors import Invalid, Text
from modules.sites.domain import attachments
from modules.sites.domain.markup import many_lines, one_line

MOST_FIELDS = 40
MOST_OPTIONS = 100
KINDS: dict[str, Text] = {
    "name": pgettext_lazy("of a person", "Name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "text": gettext_lazy("Short text"),
    "long": gettext_lazy("Long text"),
    "number": pgettext_lazy("a count", "Number"),
    "date": gettext_lazy("Date"),
    "choice": gettext_lazy("Choice"),
    "several": gettext_lazy("Several choices"),
    "rating": gettext_lazy("Rating"),
    "address": gettext_lazy("Address"),
    "file": gettext_lazy("File"),
    "consent": gettext_lazy("Consent"),
    "step": gettext_lazy("Next step"),
}
#: Kinds with a list of choices; kinds that ask nothing by themselves.
LISTED = {"choice", "several"}
SILENT = {"consent", "step"}
LONGEST = {
    "name": 120, "phone": 40, "email": 254, "text": 300, "long": 5000, "number": 20, "date": 10, "choice": 200,
    "several": 5000, "rating": 1, "address": 500, "file": 200, "consent": 10, "step": 0,
}  # fmt: skip
RATINGS = ("1", "2", "3", "4", "5")
_KEY = re.compile(r"f[0-9]{1,4}")
_PREFILL = re.compile(r"[a-z][a-z0-9_]{0,30}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}([.,][0-9]{1,6})?")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TARGET = re.compile(r"[a-z0-9_]{1,40}\.[a-z0-9_]{1,40}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question. `label` of a consent is the whole text agreed to; `options` belong to a choice.

    It is asked only when the field `show_key` has the answer `show_value`. `prefill` names the part of the page's
    address that fills it in; `country` is what a phone without +… belongs to. A `step` begins the form's next part.
    `target` names the receiver's field (a `Question`) that the answer is written into.
    """

    key: str
    kind: str
    label: str
    required: bool = False
    hint: str = ""
    options: tuple[str, ...] = ()
    show_key: str = ""
    show_value: str = ""
    prefill: str = ""
    country: str = ""
    target: str = ""

    def to_json(self) -> dict[str, Any]:
        """The field as JSON; `parse_fields` gives an equal one back."""
        return {**dataclasses.asdict(self), "options": list(self.options)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Field:
        """The field that `to_json` wrote, also before it had all of today's parts."""
        return cls(**{**value, "options": tuple(value["options"])})


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a visitor answered, valid and in the form's order; `values` by field key."""

    fields: tuple[Field, ...]
    values: Mapping[str, str]

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """All non-empty answers to fields of one kind."""
        return tuple(self.values[f.key] for f in self.fields if f.kind == kind and self.values[f.key])

    def has_file(self, field: Field) -> bool:
        """Whether a file was sent for `field`, which was asked."""
        return field.kind == "file" and bool(self.values[field.key])

    @property
    def listed(self) -> list[dict[str, Any]]:
        """Answers as they are kept: with the label the visitor saw. Consents are kept apart."""
        return [
            {"key": f.key, "kind": f.kind, "label": f.label, "value": self.values[f.key]}
            for f in self.fields
            if f.kind not in SILENT
        ]

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """Answers that have no place of their own in a lead, as (label, value)."""
        names = [f.key for f in self.fields if f.kind == "name"][:1]
        taken = {f.key for f in self.fields if f.kind in {"phone", "email", "consent", "step"}} | set(names)
        return tuple((f.label, self.values[f.key]) for f in self.fields if f.key not in taken and self.values[f.key])


def parse_fields(values: Sequence[Any]) -> tuple[Field, ...]:
    """The fields that `values` (JSON) describe. Missing keys are given. Raises Invalid (`fields.<number>.<name>`)."""
    if not values or len(values) > MOST_FIELDS:
        raise Invalid(fields={"fields": [_("A form has 1 to %(count)d fields.") % {"count": MOST_FIELDS}]})
    errors: dict[str, list[str]] = {}
    taken = {str(value.get("key", "")) for value in values if isinstance(value, dict)}
    free = (f"f{number}" for number in range(1, 10_000) if f"f{number}" not in taken)
    fields: list[Field] = []
    for number, value in enumerate(values):
        given = value if isinstance(value, dict) else {}
        kind = str(given.get("kind", ""))
        label = one_line(str(given.get("label", "")))
        key = str(given.get("key") or "")
        if kind not in KINDS:
            errors[f"fields.{number}.kind"] = [_("There is no such kind of field.")]
        if not label or len(label) > 1000:
            errors[f"fields.{number}.label"] = [_("Say what you ask, in 1 to 1,000 characters.")]
        options = tuple(
            dict.fromkeys(one_line(str(item))[:200] for item in given.get("options") or () if str(item).strip())
        )
        if kind in LISTED and not 1 <= len(options) <= MOST_OPTIONS:
            errors[f"fields.{number}.options"] = [
                _("Give 1 to %(count)d choices, one a line.") % {"count": MOST_OPTIONS}
            ]
        if not _KEY.fullmatch(key) or any(key == field.key for field in fields):
            key = next(free)
        fields.append(
            Field(
                key=key,
                kind=kind,
                label=label,
                required=bool(given.get("required")),
                hint=one_line(str(given.get("hint", "")))[:200],
                options=options if kind in LISTED else (),
                show_key=str(given.get("show_key") or "")
                if any(f.key == given.get("show_key") for f in fields)
                else "",
                show_value=one_line(str(given.get("show_value") or ""))[:200],
                prefill=prefill if _PREFILL.fullmatch(prefill := str(given.get("prefill") or "")) else "",
                target=target if _TARGET.fullmatch(target := str(given.get("target") or "")) else "",
                country=country if _COUNTRY.fullmatch(country := str(given.get("country") or "")) else "",
            )
        )
    if errors:
        raise Invalid(fields=errors)
    return tuple(fields)


def asked(field: Field, values: Mapping[str, str]) -> bool:
    """Whether `field` is asked at all, given the answers to the fields before it."""
    if not field.show_key:
        return True
    answer = values.get(field.show_key, "")
    return field.show_value in answer.split("\n") if field.show_value else bool(answer)


def check_answers(
    fields: Sequence[Field], given: Mapping[str, str], files: Mapping[str, UploadedFile] | None = None
) -> Answers:
    """What was answered to `fields`; anything else in `given` is ignored (promise 56). Raises Invalid by field key.

    The answer to a file is its name; what is not asked is not answered, whatever came.
    """
    errors: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for field in fields:
        if field.kind == "step" or not asked(field, values):
            values[field.key] = ""
            continue
        raw = attachments.name_of(files, field.key) if field.kind == "file" else given.get(field.key, "")
        value = many_lines(raw) if field.kind in {"long", "several", "address"} else one_line(raw)
        if field.kind == "phone" and value:
            value = _international(value, given.get(f"{field.key}-c") or field.country)
        values[field.key] = ("yes" if value else "") if field.kind == "consent" else value
        if not value:
            if field.required:
                errors[field.key] = [
                    _("Please agree, or we may not answer you.")
                    if field.kind == "consent"
                    else _("Please fill this in.")
                ]
        elif problem := _problem(field, value) or (field.kind == "file" and attachments.problem(files, field.key)):
            errors[field.key] = [problem]
    if not errors and not any(values[field.key] for field in fields if field.kind not in SILENT):
        errors[fields[0].key] = [_("Please fill this in.")]
    if errors:
        raise Invalid(fields=errors)
    return Answers(fields=tuple(fields), values=values)


def _international(value: str, country: str) -> str:
    """A phone with the code of its country where that is known; as typed otherwise."""
    if value.startswith("+") or not country:
        return value
    try:
        number = phonenumbers.parse(value, country)
    except phonenumbers.NumberParseException:
        return value
    if not phonenumbers.is_possible_number(number):
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def _problem(field: Field, value: str) -> str:
    if field.kind != "consent" and len(value) > LONGEST[field.kind]:
        return _("This is too long: %(count)d characters at most.") % {"count": LONGEST[field.kind]}
    match field.kind:
        case "email":
            try:
                validate_email(value)
            except ValidationError:
                return _("This is no e-mail address. An example: anna@example.com")
        case "phone":
            digits = sum(character.isdigit() for character in value)
            if not _PHONE.fullmatch(value) or not 5 <= digits <= 15:
                return _("This is no phone number. An example: +44 20 7946 0123")
        case "choice" | "several" | "rating":
            offered = RATINGS if field.kind == "rating" else field.options
            if not set(value.split("\n")) <= set(offered):
                return _("Please choose one of the list.")
        case "number":
            if not _NUMBER.fullmatch(value.replace(" ", "")):
                return _("This is no number. An example: 120")
        case "date":
            try:
                date.fromisoformat(value)
            except ValueError:
                return _("This is no date. An example: 2027-05-31")
    return ""
