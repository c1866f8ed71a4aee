"""Tell people: colleagues by a notification, the client by a letter, both about the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra import audit
from infra.kit.errors import Invalid
from infra.ui.notifications import notify
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.kinds import Kind
from modules.crm.domain.letter import filled_in, letter_templates, send_letter
from modules.crm.domain.notifying import record_url
from modules.crm.domain.places import client_email, fill, read_text
from modules.crm.domain.rules.acting import Passed, Situation
from modules.crm.domain.rules.people import people_meant, read_people
from modules.crm.domain.rules.steps.base import Step
from modules.crm.domain.rules.triggers import whole
from tenants.people.models import User

_LONGEST = 300


class Notify(Step):
    key = "notify"
    title = gettext_lazy("notify colleagues")
    icon = "bell"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`people` and the `text`, which may have places."""
        text = read_text(kind, raw.get("text"), "text", _LONGEST)
        if not text:
            raise Invalid(fields={"text": [_("Write something first.")]})
        return {"people": read_people(kind, raw.get("people"), "people"), "text": text}

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """A line behind the bell of each of them, without what is hidden from them; the log keeps it whole."""
        people = people_meant(settings["people"], now.record)
        if not people:
            raise Passed(_("Nobody to notify."))
        roles: dict[int | None, list[User]] = {}
        for person in people:
            roles.setdefault(person.role_id, []).append(person)
        for alike in roles.values():
            (text,) = fill(now.kind, now.record, settings["text"], closed=hidden(alike[0], now.kind))
            notify(
                actor=now.actor,
                person_ids=[person.pk for person in alike],
                text=text,
                ref=now.record.ref,
                url=record_url(now.record),
                icon="robot",
            )
        (text,) = fill(now.kind, now.record, settings["text"])
        names = ", ".join(person.display_name for person in people[:5])
        note = _("Notified: %(who)s.") % {"who": names + ("…" if len(people) > 5 else "")}
        audit.record(now.actor, "rule.notify", now.record.ref, note=text)
        return note


class SendLetter(Step):
    key = "letter"
    title = gettext_lazy("send the client a letter")
    icon = "mail"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`template`: the id of a letter template of this kind."""
        pk = whole("template", raw.get("template"))
        if not letter_templates(kind).filter(pk=pk).exists():
            raise Invalid(fields={"template": [_("Choose one of the list.")]})
        return {"template": pk}

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """Send it to the client's e-mail and put it down on the timeline."""
        template = letter_templates(now.kind).filter(pk=settings["template"]).first()
        if template is None:
            raise Invalid(_("The letter template is gone. Choose another one in the rule."))
        address = client_email(now.record)
        if not address:
            raise Passed(_("The client has no e-mail."))
        subject, text = filled_in(now.actor, template, now.record)
        send_letter(actor=now.actor, record=now.record, to=address, subject=subject, text=text)
        return _("The letter “%(name)s” is sent to %(to)s.") % {"name": template.name, "to": address}
