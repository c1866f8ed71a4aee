"""Data of CRM."""

from modules.crm.models.activity import Activity, ActivityKind, File
from modules.crm.models.choices import (
    ClientType,
    Currency,
    DealType,
    Employees,
    Honorific,
    Industry,
    Source,
)
from modules.crm.models.company import Company
from modules.crm.models.contact import Affiliation, Contact
from modules.crm.models.contact_point import Address, ContactPoint
from modules.crm.models.deal import Deal, DealContact
from modules.crm.models.field import CardLayout, CustomField, FieldOption, FieldRight, FieldValue
from modules.crm.models.lead import Lead
from modules.crm.models.pipeline import LostReason, Pipeline, PipelineRight, Stage
from modules.crm.models.record import Record, RecordQuerySet
from modules.crm.models.requisite import BankAccount, Requisite
from modules.crm.models.rotation import RotationMember
from modules.crm.models.undo import Change

__all__ = [
    "Activity",
    "ActivityKind",
    "Address",
    "Affiliation",
    "BankAccount",
    "CardLayout",
    "Change",
    "ClientType",
    "Company",
    "Contact",
    "ContactPoint",
    "Currency",
    "CustomField",
    "Deal",
    "DealContact",
    "DealType",
    "Employees",
    "FieldOption",
    "FieldRight",
    "FieldValue",
    "File",
    "Honorific",
    "Industry",
    "Lead",
    "LostReason",
    "Pipeline",
    "PipelineRight",
    "Record",
    "RecordQuerySet",
    "Requisite",
    "RotationMember",
    "Source",
    "Stage",
]
