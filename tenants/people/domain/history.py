"""What happened to a person, as a timeline."""

from __future__ import annotations

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from infra.audit import history
from infra.audit.wording import names_of, told
from infra.kit.registry import registry
from infra.ui.timeline import TimelineEntry
from tenants.people.domain.person import ref_of
from tenants.people.models import User

SAID = {
    "people.person.join": (_("joined"), "user-plus"),
    "people.person.add": (_("added this person"), "user-plus"),
    "people.person.edit": (_("changed the profile"), "edit"),
    "people.person.photo": (_("changed the photo"), "photo"),
    "people.person.preferences": (_("changed language, time zone or theme"), "settings"),
    "people.person.place": (_("moved to another department"), "sitemap"),
    "people.person.role": (_("changed the role"), "shield"),
    "people.person.deactivate": (_("deactivated"), "user-off"),
    "people.person.reactivate": (_("reactivated"), "user-check"),
    "people.person.hand_over": (_("handed records over"), "transfer"),
    "people.owner.transfer": (_("handed the portal over"), "crown"),
    "people.session.end": (_("ended sessions"), "logout"),
    "people.sign_in.done": (_("signed in"), "login"),
    "people.sign_in.end": (_("signed out"), "logout"),
    "people.sign_in.failed": (_("failed to sign in"), "lock-x"),
    "people.password.change": (_("changed the password"), "key"),
    "people.password.set": (_("set a password"), "key"),
    "people.password.reset": (_("reset the password"), "key"),
    "people.email.confirm": (_("confirmed an address"), "mail-check"),
    "people.email.change": (_("changed the address"), "mail"),
    "people.second_factor.add": (_("added a second step"), "lock"),
    "people.second_factor.remove": (_("removed a second step"), "lock-open"),
    "people.second_factor.renew": (_("made new recovery codes"), "refresh"),
    "people.second_factor.failed": (_("failed the second step"), "lock-x"),
}


def history_of_person(person: User, limit: int = 30) -> list[TimelineEntry]:
    """The last entries of the audit log about the person, newest first."""
    found = history(ref_of(person), limit=limit)
    people = names_of(found)
    entries = []
    for entry in found:
        text, icon = SAID.get(entry.action, (registry.actions.get(entry.action, entry.action), "point"))
        lines = format_html_join(SafeString("<br>"), "{}", ((change.html,) for change in told(entry, people)))
        entries.append(TimelineEntry(at=entry.at, who=entry.actor_name, text=text, icon=str(icon), html_slot=lines))
    return entries
