"""Work that a worker does for the people of a portal."""

from __future__ import annotations

from infra.jobs import portal_task
from tenants.people.domain.letters import send_letter
from tenants.people.domain.links import portal_link
from tenants.people.models import User


@portal_task(name="people.send_password_reset", queue="default")
def send_password_reset(email: str, locale: str) -> None:
    """Write the reset letter to the active person with this address; to nobody if there is none."""
    from allauth.account.utils import user_pk_to_url_str

    from tenants.people.sign_in.tokens import PortalTokenGenerator

    person = User.objects.active().filter(email=email).first()
    if person is None:
        return
    url = portal_link(
        "account_reset_password_from_key", user_pk_to_url_str(person), PortalTokenGenerator().make_token(person)
    )
    send_letter(
        "people/letters/password_reset",
        to=person.email,
        locale=person.locale or locale,
        context={"person": person, "url": url},
    )
