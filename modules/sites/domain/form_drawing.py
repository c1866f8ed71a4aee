"""What the template of a form needs: its steps, fields, conditions, and what was typed before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import phonenumbers
from babel import Locale
from babel.core import UnknownLocaleError
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from modules.sites.domain.attachments import TAKEN
from modules.sites.domain.fields import LONGEST, RATINGS, Field
from modules.sites.domain.form import FormDesign

MARKS = ("page_url", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "arm", "visits")
_TYPES = {"phone": "tel", "email": "email", "date": "date"}
_AUTOCOMPLETE = {"name": "name", "phone": "tel", "email": "email", "address": "street-address"}
COUNTRIES = (
    *("RU", "BY", "KZ", "UZ", "KG", "AM", "GE", "AZ", "UA", "MD", "PL", "DE", "FR", "ES", "IT", "PT", "GB", "IE", "NL"),
    *("BE", "CZ", "SK", "AT", "CH", "SE", "NO", "FI", "DK", "EE", "LV", "LT", "TR", "IL", "AE", "IN", "VN", "CN", "JP"),
    *("US", "CA", "BR", "MX", "AU"),
)


def form_context(
    public_id: str,
    design: FormDesign,
    number: int,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    sentence: str = "",
) -> dict[str, Any]:
    """Everything the template draws of a form; ``values`` are what the visitor has typed, ``errors`` by field key."""
    values, errors = values or {}, errors or {}
    first_wrong = next((item.key for item in design.fields if errors.get(item.key)), "")
    steps: list[dict[str, Any]] = [{"title": "", "fields": []}]
    for item in design.fields:
        if item.kind == "step":
            if steps[-1]["fields"]:
                steps.append({"title": item.label, "fields": []})
            else:
                steps[-1]["title"] = item.label
        else:
            focus = mark_safe(" autofocus") if item.key == first_wrong else ""  # a page with faults opens at the first
            steps[-1]["fields"].append(_field(public_id, item, values, errors) | {"focus": focus})
    return {
        "action": f"/_f/{public_id}",
        "number": number,
        "marks": [(name, values.get(name, "")) for name in MARKS],
        "submit_label": design.submit_label,
        "sentence": sentence,
        "has_required": any(item.required for item in design.fields),
        "has_file": any(item.kind == "file" for item in design.fields),
        "has_steps": len(steps) > 1,
        "steps": steps,
    }


def _field(
    public_id: str, item: Field, values: Mapping[str, str], errors: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    identity = f"{item.key}-{public_id[:6]}"
    value = values.get(item.key, "")
    condition = format_html(' data-show="{}" data-when="{}"', item.show_key, item.show_value) if item.show_key else ""
    return {
        "id": identity,
        "key": item.key,
        "kind": item.kind,
        "label": item.label,
        "hint": item.hint,
        "required": item.required,
        "options": RATINGS if item.kind == "rating" else item.options,
        "chosen": value.split("\n"),
        "type": _TYPES.get(item.kind, "text"),
        "autocomplete": _AUTOCOMPLETE.get(item.kind, ""),
        "longest": "" if item.kind == "date" else LONGEST[item.kind],
        "described": f"{identity}h {identity}e" if item.hint else f"{identity}e",
        "value": value,
        "error": " ".join(errors.get(item.key, ())),
        "condition": condition,
        "prefill": format_html(' data-prefill="{}"', item.prefill) if item.prefill else "",
        "accept": ",".join(f".{ending}" for ending in TAKEN),
        "countries": countries() if item.country else (),
        "country": values.get(f"{item.key}-c") or item.country,
    }


def countries() -> list[tuple[str, str]]:
    """Codes and names of countries with their calling codes, in the active language."""
    try:
        names = Locale.parse((get_language() or "en").replace("-", "_")).territories
    except (UnknownLocaleError, ValueError):
        names = Locale("en").territories
    return [(code, f"{names[code]} +{phonenumbers.country_code_for_region(code)}") for code in COUNTRIES]
