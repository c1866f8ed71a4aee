"""Tables of the operator's room, in the public schema."""

from saas.operator.models.support import SupportAccess

__all__ = ["SupportAccess"]
