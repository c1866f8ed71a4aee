"""The door of CRM: the only functions that others may call."""

from modules.crm.domain.intake import accept_lead
from modules.crm.domain.queries import has_leads

__all__ = ["accept_lead", "has_leads"]
