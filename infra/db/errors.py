"""Refusals of the schema layer. They are faults of the code, never of the person, hence status 500."""

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import NoPortal, PortalError


class WrongSchema(PortalError):
    """A row or queryset of one portal was used inside another."""

    code = "wrong_schema"
    status = 500
    default_message = _("Something of another portal was touched. Nothing was changed.")


__all__ = ["NoPortal", "WrongSchema"]
