"""The two portals every test finds, looked up by their address."""

from infra.db.current import enter
from tenants.people.models import User
from tenants.portals.models import Portal


def get(slug: str) -> Portal:
    return Portal.objects.get(slug=slug)


def person(portal: Portal, name: str) -> User:
    """The person with the address `<name>@<portal>.example`."""
    with enter(portal):
        return User.objects.get(email=f"{name}@{portal.slug}.example")
