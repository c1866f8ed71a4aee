"""Data of CRM."""

from modules.crm.models.activity import OWNERS, Activity, ActivityKind, File
from modules.crm.models.choices import (
    ClientType,
    Currency,
    DealType,
    Employees,
    HoldKind,
    Honorific,
    Industry,
    InvoiceStatus,
    PaymentMethod,
    PriceTypePreset,
    ProductType,
    QuoteStatus,
    Repeats,
    SeriesOf,
    Source,
    Unit,
)
from modules.crm.models.company import Company
from modules.crm.models.contact import Affiliation, Contact
from modules.crm.models.contact_point import Address, ContactPoint
from modules.crm.models.deal import Deal, DealContact
from modules.crm.models.document import Document, Invoice, Payment, Quote
from modules.crm.models.field import CardLayout, CustomField, FieldOption, FieldRight, FieldValue
from modules.crm.models.importing import Import, ImportRow
from modules.crm.models.item import Item, ItemType
from modules.crm.models.lead import Lead
from modules.crm.models.pipeline import LostReason, Pipeline, PipelineRight, Stage
from modules.crm.models.product import ExchangeRate, Price, PriceType, Product, ProductSection
from modules.crm.models.product_row import ProductRow, StockHold
from modules.crm.models.record import Record, RecordQuerySet
from modules.crm.models.report import Goal, PinnedReport, Report, ReportMailing
from modules.crm.models.requisite import BankAccount, Requisite
from modules.crm.models.rotation import RotationMember
from modules.crm.models.rule import LetterTemplate, Rule, RuleRun
from modules.crm.models.selling import Letterhead, NumberSeries, Recurrence, RecurrenceMade, SellingSettings
from modules.crm.models.stay import StageStay
from modules.crm.models.undo import Change, DuplicatePair

__all__ = [
    "OWNERS",
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
    "Document",
    "DuplicatePair",
    "Employees",
    "ExchangeRate",
    "FieldOption",
    "FieldRight",
    "FieldValue",
    "File",
    "Goal",
    "HoldKind",
    "Honorific",
    "Import",
    "ImportRow",
    "Industry",
    "Invoice",
    "InvoiceStatus",
    "Item",
    "ItemType",
    "Lead",
    "LetterTemplate",
    "Letterhead",
    "LostReason",
    "NumberSeries",
    "Payment",
    "PaymentMethod",
    "PinnedReport",
    "Pipeline",
    "PipelineRight",
    "Price",
    "PriceType",
    "PriceTypePreset",
    "Product",
    "ProductRow",
    "ProductSection",
    "ProductType",
    "Quote",
    "QuoteStatus",
    "Record",
    "RecordQuerySet",
    "Recurrence",
    "RecurrenceMade",
    "Repeats",
    "Report",
    "ReportMailing",
    "Requisite",
    "RotationMember",
    "Rule",
    "RuleRun",
    "SellingSettings",
    "SeriesOf",
    "Source",
    "Stage",
    "StageStay",
    "StockHold",
    "Unit",
]
