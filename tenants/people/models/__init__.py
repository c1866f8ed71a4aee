"""Data of the people of a portal."""

from tenants.people.models.department import Department
from tenants.people.models.invitation import Invitation
from tenants.people.models.policy import SignInPolicy
from tenants.people.models.role import Role
from tenants.people.models.user import User

__all__ = ["Department", "Invitation", "Role", "SignInPolicy", "User"]
