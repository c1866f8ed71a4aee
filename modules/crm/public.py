"""The door of CRM: the only functions that others may call."""

from modules.crm.domain.intake import accept_lead

__all__ = ["accept_lead"]
