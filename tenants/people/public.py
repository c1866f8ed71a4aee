"""The door of this room: what the rooms above may ask of the people of a portal."""

from tenants.people.domain.account import check_password, clean_email
from tenants.people.domain.cards import search_people
from tenants.people.domain.invitation import accept_invitation, invite_people
from tenants.people.domain.owner import create_owner
from tenants.people.domain.person import add_person
from tenants.people.domain.queries import manager_of, owners
from tenants.people.domain.role import built_in_role
from tenants.people.sign_in.tokens import issue_entry_ticket

__all__ = [
    "accept_invitation",
    "add_person",
    "built_in_role",
    "check_password",
    "clean_email",
    "create_owner",
    "invite_people",
    "issue_entry_ticket",
    "manager_of",
    "owners",
    "search_people",
]
