"""Refusals of the schema layer. They are faults of the code, never of the person, hence status 500."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from prometheus_client import Counter

from infra.kit.errors import NoPortal, PortalError

REFUSED = Counter("portal_isolation_refusals", "Rows of one portal that were touched inside another, and refused")


class WrongSchema(PortalError):
    """A row or queryset of one portal was used inside another."""

    code = "wrong_schema"
    status = 500
    default_message = _("Something of another portal was touched. Nothing was changed.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        REFUSED.inc()


__all__ = ["NoPortal", "WrongSchema"]
