"""Ready-to-copy ways to use a form elsewhere. None of them holds a secret."""

from __future__ import annotations

import json
from html import escape

from modules.sites.domain.fields import Field
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
}


def snippets(form: Form, *, portal_url: str) -> dict[str, str]:
    """The link, the code for a frame, a plain HTML form and a call from a server, as texts to copy."""
    address = address_of(form.site)
    link = f"{address}/_f/{form.public_id}"
    fields = design_of(form).fields
    frame = (
        f'<div data-form-frame="{link}" data-title="{escape(form.name)}"></div>\n'
        f'<script src="{address}/_s/embed.js" defer></script>'
    )
    rows = "\n".join(f"  {_input(field)}" for field in fields)
    plain = f'<form method="post" action="{link}">\n{rows}\n  <button>{escape(form.submit_label)}</button>\n</form>'
    body = json.dumps({"answers": {field.key: _example(field) for field in fields}}, ensure_ascii=False, indent=2)
    call = (
        f"curl {portal_url}/api/v1/site-forms/{form.pk}/submissions \\\n"
        f'  -H "Authorization: Bearer $PORTAL_TOKEN" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f'  -H "Idempotency-Key: $(uuidgen)" \\\n'
        f"  -d '{body}'"
    )
    return {"link": link, "frame_code": frame, "html_code": plain, "api_code": call}


def _example(field: Field) -> str:
    return field.options[0] if field.options else _EXAMPLES.get(field.kind, "…")


def _input(field: Field) -> str:
    label, required = escape(field.label), " required" if field.required else ""
    if field.kind == "long":
        return f'<label>{label} <textarea name="{field.key}"{required}></textarea></label>'
    if field.kind == "choice":
        options = "".join(f"<option>{escape(option)}</option>" for option in field.options)
        return f'<label>{label} <select name="{field.key}"{required}>{options}</select></label>'
    if field.kind == "consent":
        return f'<label><input type="checkbox" name="{field.key}" value="yes"{required}> {label}</label>'
    kind = {"email": "email", "phone": "tel"}.get(field.kind, "text")
    return f'<label>{label} <input type="{kind}" name="{field.key}"{required}></label>'
