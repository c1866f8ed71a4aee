"""Ready-to-copy ways to use a form elsewhere. None of them holds a secret."""

from __future__ import annotations

import json
from html import escape

from django.utils.translation import gettext as _

from modules.sites.domain.fields import RATINGS, Field
from modules.sites.domain.form import design_of
from modules.sites.domain.hosts import address_of
from modules.sites.models import Form

_EXAMPLES = {
    "name": "Anna Petrova",
    "phone": "+44 20 7946 0123",
    "email": "anna@example.com",
    "text": "…",
    "long": "…",
    "consent": "yes",
    "number": "120",
    "date": "2027-05-31",
    "rating": "5",
    "address": "1 Mill Lane, Rye",
}


def snippets(form: Form, *, portal_url: str) -> dict[str, str]:
    """The link, the code for a frame in place and over the page, a plain HTML form, a call from a server: to copy."""
    address = address_of(form.site)
    link = f"{address}/_f/{form.public_id}"
    fields = design_of(form).fields
    frame = (
        f'<div data-form-frame="{link}" data-title="{escape(form.name)}"></div>\n'
        f'<script src="{address}/_s/embed.js" defer></script>'
    )
    popup = (
        f'<div data-form-frame="{link}" data-title="{escape(form.popup.get("title") or form.name)}"'
        f' data-close="{escape(_("Close"))}" data-when="{form.popup.get("when") or "click"}"'
        f' data-value="{form.popup.get("value") or 0}"></div>\n'
        f'<a href="#form-{form.public_id}">{escape(form.name)}</a>\n'
        f'<script src="{address}/_s/embed.js" defer></script>'
    )
    rows = "\n".join(f"  {_input(field)}" for field in fields if field.kind != "step")
    files = ' enctype="multipart/form-data"' if any(field.kind == "file" for field in fields) else ""
    plain = (
        f'<form method="post" action="{link}"{files}>\n{rows}\n  <button>{escape(form.submit_label)}</button>\n</form>'
    )
    body = json.dumps(
        {"answers": {field.key: _example(field) for field in fields if field.kind not in ("step", "file")}},
        ensure_ascii=False,
        indent=2,
    )
    call = (
        f"curl {portal_url}/api/v1/site-forms/{form.pk}/submissions \\\n"
        f'  -H "Authorization: Bearer $PORTAL_TOKEN" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f'  -H "Idempotency-Key: $(uuidgen)" \\\n'
        f"  -d '{body}'"
    )
    return {"link": link, "frame_code": frame, "popup_code": popup, "html_code": plain, "api_code": call}


def _example(field: Field) -> str:
    return field.options[0] if field.options else _EXAMPLES.get(field.kind, "…")


def _input(field: Field) -> str:
    label, required = escape(field.label), " required" if field.required else ""
    if field.kind in ("long", "address"):
        return f'<label>{label} <textarea name="{field.key}"{required}></textarea></label>'
    if field.kind == "choice":
        options = "".join(f"<option>{escape(option)}</option>" for option in field.options)
        return f'<label>{label} <select name="{field.key}"{required}>{options}</select></label>'
    if field.kind in ("several", "rating"):
        box, choices = ("checkbox", field.options) if field.kind == "several" else ("radio", RATINGS)
        boxes = "".join(
            f'<label><input type="{box}" name="{field.key}" value="{escape(choice)}"> {escape(choice)}</label>'
            for choice in choices
        )
        return f"<fieldset><legend>{label}</legend>{boxes}</fieldset>"
    if field.kind == "consent":
        return f'<label><input type="checkbox" name="{field.key}" value="yes"{required}> {label}</label>'
    kind = {"email": "email", "phone": "tel", "date": "date", "file": "file"}.get(field.kind, "text")
    return f'<label>{label} <input type="{kind}" name="{field.key}"{required}></label>'
