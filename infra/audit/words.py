"""Names of fields and values that several rooms write into the log; a room's own stand in its ModuleSpec.fields."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Text

FIELDS: Mapping[str, Text] = {
    "about": _("About"),
    "address": _("Address"),
    "amount": _("Amount"),
    "comment": _("Comment"),
    "company": _("Company"),
    "contact": _("Contact"),
    "contacts": _("Phones and e-mails"),
    "currency": _("Currency"),
    "department": _("Department"),
    "department_id": _("Department"),
    "description": _("Description"),
    "domain": _("Domain"),
    "email": _("E-mail"),
    "emails": _("E-mails"),
    "fields": _("Fields"),
    "first_name": _("First name"),
    "head": _("Head"),
    "head_id": _("Head"),
    "host": _("Main address"),
    "is_active": _("Active"),
    "job_title": _("Job title"),
    "kind": _("Kind"),
    "language": _("Language"),
    "last_name": _("Last name"),
    "locale": _("Language"),
    "mobile_phone": _("Mobile phone"),
    "name": _("Name"),
    "note": _("Note"),
    "owner": _("Owner"),
    "parent": _("Part of"),
    "parent_id": _("Part of"),
    "people": _("People"),
    "permissions": _("Rights"),
    "person": _("Person"),
    "phone": _("Phone"),
    "phones": _("Phones"),
    "photo": _("Photo"),
    "pipeline": _("Pipeline"),
    "plan": _("Plan"),
    "position": _("Place in the order"),
    "price": _("Price"),
    "region": _("Country"),
    "responsible": _("Responsible"),
    "responsible_id": _("Responsible"),
    "role": _("Role"),
    "sessions": _("Sessions"),
    "slug": _("Address"),
    "source": _("Source"),
    "stage": _("Stage"),
    "status": _("Status"),
    "theme": _("Look"),
    "time_zone": _("Time zone"),
    "title": _("Title"),
    "tone": _("Colour"),
    "two_factor": _("Two-step sign-in"),
    "until": _("Until"),
    "version": _("Version"),
    "work_phone": _("Work phone"),
    "work_phone_extension": _("Extension"),
}

# Fields whose value is a person's id.
PEOPLE = frozenset(
    ("author_id", "co_executor_ids", "head_id", "owner_id", "person_id", "responsible", "responsible_id", "user_id")
)

VALUES: Mapping[str, Mapping[str, Text]] = {
    "theme": {"auto": _("As on this device"), "light": _("Light"), "dark": _("Dark")},
    "two_factor": {
        "optional": _("Everyone decides"),
        "administrators": _("Owners and administrators"),
        "everyone": _("Everyone"),
    },
    "status": {
        "trial": _("Trial"),
        "active": _("Active"),
        "read_only": _("Read-only"),
        "suspended": _("Suspended"),
        "closing": _("Closing"),
    },
    "kind": {"totp": _("Authenticator app"), "webauthn": _("Passkey"), "recovery_codes": _("Recovery codes")},
}

# How far a permission of a role reaches.
SCOPES: Mapping[str, Text] = {
    "none": _("No"),
    "own": _("Own"),
    "department": _("Department"),
    "all": _("All"),
}
