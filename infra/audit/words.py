"""Names of fields and values that several rooms write into the log; a room's own stand in its ModuleSpec.fields."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text

FIELDS: Mapping[str, Text] = {
    "about": pgettext_lazy("in the log", "About"),
    "address": pgettext_lazy("in the log", "Address"),
    "amount": pgettext_lazy("in the log", "Amount"),
    "comment": pgettext_lazy("in the log", "Comment"),
    "company": pgettext_lazy("in the log", "Company"),
    "contact": pgettext_lazy("in the log", "Contact"),
    "contacts": pgettext_lazy("in the log", "Phones and e-mails"),
    "currency": pgettext_lazy("in the log", "Currency"),
    "department": pgettext_lazy("in the log", "Department"),
    "department_id": pgettext_lazy("in the log", "Department"),
    "description": pgettext_lazy("in the log", "Description"),
    "domain": pgettext_lazy("in the log", "Domain"),
    "email": pgettext_lazy("in the log", "E-mail"),
    "emails": pgettext_lazy("in the log", "E-mails"),
    "fields": pgettext_lazy("in the log", "Fields"),
    "first_name": pgettext_lazy("in the log", "First name"),
    "head": pgettext_lazy("in the log", "Head"),
    "head_id": pgettext_lazy("in the log", "Head"),
    "host": pgettext_lazy("in the log", "Main address"),
    "is_active": pgettext_lazy("in the log", "Active"),
    "job_title": pgettext_lazy("in the log", "Job title"),
    "kind": pgettext_lazy("in the log", "Kind"),
    "language": pgettext_lazy("in the log", "Language"),
    "last_name": pgettext_lazy("in the log", "Last name"),
    "locale": pgettext_lazy("in the log", "Language"),
    "mobile_phone": pgettext_lazy("in the log", "Mobile phone"),
    "name": pgettext_lazy("in the log", "Name"),
    "note": pgettext_lazy("in the log", "Note"),
    "owner": pgettext_lazy("in the log", "Owner"),
    "parent": pgettext_lazy("in the log", "Part of"),
    "parent_id": pgettext_lazy("in the log", "Part of"),
    "people": pgettext_lazy("in the log", "People"),
    "permissions": pgettext_lazy("in the log", "Rights"),
    "person": pgettext_lazy("in the log", "Person"),
    "phone": pgettext_lazy("in the log", "Phone"),
    "phones": pgettext_lazy("in the log", "Phones"),
    "photo": pgettext_lazy("in the log", "Photo"),
    "pipeline": pgettext_lazy("in the log", "Pipeline"),
    "plan": pgettext_lazy("in the log", "Plan"),
    "position": pgettext_lazy("in the log", "Place in the order"),
    "price": pgettext_lazy("in the log", "Price"),
    "region": pgettext_lazy("in the log", "Country"),
    "responsible": pgettext_lazy("in the log", "Responsible"),
    "responsible_id": pgettext_lazy("in the log", "Responsible"),
    "role": pgettext_lazy("in the log", "Role"),
    "sessions": pgettext_lazy("in the log", "Sessions"),
    "slug": pgettext_lazy("in the log", "Address"),
    "source": pgettext_lazy("in the log", "Source"),
    "stage": pgettext_lazy("in the log", "Stage"),
    "status": pgettext_lazy("in the log", "Status"),
    "theme": pgettext_lazy("in the log", "Look"),
    "time_zone": pgettext_lazy("in the log", "Time zone"),
    "title": pgettext_lazy("in the log", "Title"),
    "tone": pgettext_lazy("in the log", "Colour"),
    "two_factor": pgettext_lazy("in the log", "Two-step sign-in"),
    "until": pgettext_lazy("in the log", "Until"),
    "version": pgettext_lazy("in the log", "Version"),
    "work_phone": pgettext_lazy("in the log", "Work phone"),
    "work_phone_extension": pgettext_lazy("in the log", "Extension"),
}

# Fields whose value is a person's id.
PEOPLE = frozenset(
    ("author_id", "co_executor_ids", "head_id", "owner_id", "person_id", "responsible", "responsible_id", "user_id")
)

VALUES: Mapping[str, Mapping[str, Text]] = {
    "theme": {
        "auto": pgettext_lazy("in the log", "As on this device"),
        "light": pgettext_lazy("in the log", "Light"),
        "dark": pgettext_lazy("in the log", "Dark"),
    },
    "two_factor": {
        "optional": pgettext_lazy("in the log", "Everyone decides"),
        "administrators": pgettext_lazy("in the log", "Owners and administrators"),
        "everyone": pgettext_lazy("in the log", "Everyone"),
    },
    "status": {
        "trial": pgettext_lazy("in the log", "Trial"),
        "active": pgettext_lazy("in the log", "Active"),
        "read_only": pgettext_lazy("in the log", "Read-only"),
        "suspended": pgettext_lazy("in the log", "Suspended"),
        "closing": pgettext_lazy("in the log", "Closing"),
    },
    "kind": {
        "totp": pgettext_lazy("in the log", "Authenticator app"),
        "webauthn": pgettext_lazy("in the log", "Passkey"),
        "recovery_codes": pgettext_lazy("in the log", "Recovery codes"),
    },
}

# How far a permission of a role reaches.
SCOPES: Mapping[str, Text] = {
    "none": pgettext_lazy("in the log", "No"),
    "own": pgettext_lazy("in the log", "Own"),
    "department": pgettext_lazy("in the log", "Department"),
    "all": pgettext_lazy("in the log", "All"),
}
