"""What a form asks: typed fields with a JSON form, and the check of what a visitor answered."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid, Text
from modules.sites.domain.markup import many_lines, one_line

MOST_FIELDS = 40
MOST_OPTIONS = 100
KINDS: dict[str, Text] = {
    "name": gettext_lazy("Name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "text": gettext_lazy("Short text"),
    "long": gettext_lazy("Long text"),
    "choice": gettext_lazy("Choice"),
    "consent": gettext_lazy("Consent"),
}
LONGEST = {"name": 120, "phone": 40, "email": 254, "text": 300, "long": 5000, "choice": 200, "consent": 10}
_KEY = re.compile(r"f[0-9]{1,4}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]*")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One question. `label` of a consent is the whole text agreed to; `options` belong to a choice."""

    key: str
    kind: str
    label: str
    required: bool = False
    hint: str = ""
    options: tuple[str, ...] = ()

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

    @property
    def listed(self) -> list[dict[str, Any]]:
        """Answers as they are kept: with the label the visitor saw. Consents are kept apart."""
        return [
            {"key": f.key, "kind": f.kind, "label": f.label, "value": self.values[f.key]}
            for f in self.fields
            if f.kind != "consent"
        ]

    @property
    def others(self) -> tuple[tuple[str, str], ...]:
        """Answers that have no place of their own in a lead, as (label, value)."""
        names = [f.key for f in self.fields if f.kind == "name"][:1]
        taken = {f.key for f in self.fields if f.kind in {"phone", "email", "consent"}} | set(names)
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
        if kind == "choice" and not 1 <= len(options) <= MOST_OPTIONS:
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
                options=options if kind == "choice" else (),
            )
        )
    if errors:
        raise Invalid(fields=errors)
    return tuple(fields)


def check_answers(fields: Sequence[Field], given: Mapping[str, str]) -> Answers:
    """What was answered to `fields`; anything else in `given` is ignored (promise 56). Raises Invalid by field key."""
    errors: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for field in fields:
        raw = given.get(field.key, "")
        value = many_lines(raw) if field.kind == "long" else one_line(raw)
        values[field.key] = ("yes" if value else "") if field.kind == "consent" else value
        if not value:
            if field.required:
                errors[field.key] = [
                    _("Please agree, or we may not answer you.")
                    if field.kind == "consent"
                    else _("Please fill this in.")
                ]
        elif problem := _problem(field, value):
            errors[field.key] = [problem]
    if not errors and not any(values[field.key] for field in fields if field.kind != "consent"):
        errors[fields[0].key] = [_("Please fill this in.")]
    if errors:
        raise Invalid(fields=errors)
    return Answers(fields=tuple(fields), values=values)


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
        case "choice":
            if value not in field.options:
                return _("Please choose one of the list.")
    return ""
