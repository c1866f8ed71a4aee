"""The door of CRM: the only functions that others may call."""

from modules.crm.domain.calls import put_down_call
from modules.crm.domain.intake import accept_lead
from modules.crm.domain.queries import has_leads
from modules.crm.domain.reports.catalogue import report_keys
from modules.crm.domain.requests import accept_request, intake_targets
from modules.crm.domain.selling.settings import base_currency as shown_currency
from modules.crm.domain.selling.showcase import shown_prices, shown_products, shown_sections

__all__ = [
    "accept_lead",
    "accept_request",
    "has_leads",
    "intake_targets",
    "put_down_call",
    "report_keys",
    "shown_currency",
    "shown_prices",
    "shown_products",
    "shown_sections",
]
