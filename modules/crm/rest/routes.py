"""Addresses of CRM in the API."""

from rest_framework.routers import SimpleRouter

from modules.crm.rest.activities import ActivityViewSet
from modules.crm.rest.choices import LostReasonViewSet, PriceTypeViewSet
from modules.crm.rest.fields import CustomFieldViewSet
from modules.crm.rest.files import FileViewSet
from modules.crm.rest.imports import DuplicateViewSet, ImportViewSet
from modules.crm.rest.items import ItemTypeViewSet, ItemViewSet
from modules.crm.rest.pipelines import PipelineViewSet, StageViewSet
from modules.crm.rest.rates import ExchangeRateViewSet
from modules.crm.rest.reports import ReportViewSet
from modules.crm.rest.rules import ActivityKindViewSet, LetterTemplateViewSet, RuleRunViewSet, RuleViewSet
from modules.crm.rest.selling import InvoiceViewSet, ProductViewSet, QuoteViewSet, SectionViewSet
from modules.crm.rest.settings import SettingsViewSet
from modules.crm.rest.viewsets import (
    CompanyViewSet,
    ContactViewSet,
    DealViewSet,
    LeadViewSet,
)


def register(router: SimpleRouter) -> None:
    """Records, papers, the catalogue, pipelines, activities, own fields, imports and duplicates."""
    router.register("leads", LeadViewSet, basename="lead")
    router.register("deals", DealViewSet, basename="deal")
    router.register("contacts", ContactViewSet, basename="contact")
    router.register("companies", CompanyViewSet, basename="company")
    router.register(r"items/(?P<type_id>[1-9][0-9]{0,8})", ItemViewSet, basename="item")
    router.register("item-types", ItemTypeViewSet, basename="item-type")
    router.register("activities", ActivityViewSet, basename="activity")
    router.register("files", FileViewSet, basename="file")
    router.register("quotes", QuoteViewSet, basename="quote")
    router.register("invoices", InvoiceViewSet, basename="invoice")
    router.register("products", ProductViewSet, basename="product")
    router.register("product-sections", SectionViewSet, basename="product-section")
    router.register("exchange-rates", ExchangeRateViewSet, basename="exchange-rate")
    router.register("pipelines", PipelineViewSet, basename="pipeline")
    router.register("lost-reasons", LostReasonViewSet, basename="lost-reason")
    router.register("price-types", PriceTypeViewSet, basename="price-type")
    router.register("stages", StageViewSet, basename="stage")
    router.register("imports", ImportViewSet, basename="import")
    router.register("duplicates", DuplicateViewSet, basename="duplicate")
    router.register("crm-fields", CustomFieldViewSet, basename="crm-field")
    router.register("reports", ReportViewSet, basename="report")
    router.register("rules", RuleViewSet, basename="rule")
    router.register("rule-runs", RuleRunViewSet, basename="rule-run")
    router.register("letter-templates", LetterTemplateViewSet, basename="letter-template")
    router.register("activity-kinds", ActivityKindViewSet, basename="activity-kind")
    router.register("crm-settings", SettingsViewSet, basename="crm-settings")
