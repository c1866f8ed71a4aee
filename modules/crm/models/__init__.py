"""Data of CRM."""

from modules.crm.models.activity import Activity
from modules.crm.models.contact_point import ContactPoint
from modules.crm.models.lead import Lead, Source
from modules.crm.models.pipeline import Pipeline, Stage
from modules.crm.models.rotation import RotationMember

__all__ = ["Activity", "ContactPoint", "Lead", "Pipeline", "RotationMember", "Source", "Stage"]
