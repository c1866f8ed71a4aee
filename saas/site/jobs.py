"""The letter with somebody's portals."""

from __future__ import annotations

from django.conf import settings

from infra.adapters import mail
from infra.jobs import service_task
from infra.ui.letters import render_letter
from tenants.portals.models.portal import url_of
from tenants.portals.public import find_portals


@service_task(name="site.mail_portals")
def mail_portals(email: str, language: str) -> None:
    """Mail the list of the portals in which somebody has `email`; an address nobody has gets a letter that says so."""
    found = [(portal.name, portal.url) for portal in find_portals(email=email)]
    letter = render_letter(
        "site/letters/portals", {"portals": found, "home": url_of(settings.BASE_DOMAIN)}, language=language
    )
    mail.send(email, letter.subject, letter.text, letter.html)
