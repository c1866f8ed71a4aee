"""Every address of the house with its parameters filled in. A route that cannot be filled fails the suite."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from infra.kit.screens import Audience, Gate, gate_of
from saas.checks import Route, routes

PORTAL = "saas.urls_portal"

# (route name, parameter) → sample of the world. Patterns are tried in order; the first that matches both wins.
_SAMPLES = (
    (r"api-v1:.*-undo-many", r"change", "crm:change"),
    (r"crm:invoice_unpay|api-v1:invoice-unpay", r"payment_id", "crm:payment"),
    (r"crm:quote|api-v1:quote-", r"record_id|pk", "crm:quote"),
    (r"crm:invoice|api-v1:invoice-", r"record_id|pk", "crm:invoice"),
    (r"crm:product|api-v1:product-(?!section)", r"record_id|pk", "crm:product"),
    (r"crm:section|api-v1:product-section-", r"section_id|pk", "crm:section"),
    (r"crm:letterhead", r"company_id", "crm:own_company"),
    (r"crm:type_restore|api-v1:item-type-restore", r"type_id|pk", "crm:trashed_type"),
    (r"crm:(type|item)|api-v1:item-", r"type_id", "crm:type"),
    (r"api-v1:item-type-", r"pk", "crm:type"),
    (r"crm:item|api-v1:item-", r"record_id|pk", "crm:item"),
    (r"crm:report|api-v1:report-", r"report_id|pk", "crm:report"),
    (r"crm:lead|api-v1:lead-", r"record_id|pk", "crm:lead"),
    (r"crm:deal|crm:colleagues|api-v1:deal-", r"record_id|pk", "crm:deal"),
    (r"crm:contact|api-v1:contact-", r"record_id|pk", "crm:contact"),
    (r"crm:(company|holding)|api-v1:company-", r"record_id|pk", "crm:company"),
    (r"crm:contact_|api-v1:contact-", r"requisite_id", "crm:contact_requisite"),
    (r"crm:company_|api-v1:company-", r"requisite_id", "crm:company_requisite"),
    (r"crm:activity_kind|api-v1:activity-kind-", r"own_kind_id|pk", "crm:activity_kind"),
    (r"crm:activity|api-v1:activity-", r"activity_id|pk", "crm:activity"),
    (r"api-v1:crm-field-restore", r"pk", "crm:retired_field"),
    (r"crm:field|api-v1:crm-field-", r"field_id|pk", "crm:field"),
    (r"crm:file|api-v1:file-", r"file_id|pk", "crm:file"),
    (r"crm:(lead|contact|company|deal)_apart", r"pair_id", "crm:pair"),
    (r"api-v1:duplicate-", r"pk", "crm:pair"),
    (r"crm:import|api-v1:import-", r"import_id|pk", "crm:import"),
    (r"crm:undo", r"change_id", "crm:change"),
    (r"crm:reason|api-v1:lost-reason-", r"reason_id|pk", "crm:reason"),
    (r"api-v1:price-type-", r"pk", "crm:price_type"),
    (r"crm:rule|api-v1:rule-run-", r"run_id|pk", "crm:rule_run"),
    (r"crm:rule|api-v1:rule-", r"rule_id|pk", "crm:rule"),
    (r"crm:letter|api-v1:letter-template-", r"template_id|pk", "crm:letter"),
    (r"crm:|api-v1:pipeline-", r"pipeline_id|pk", "crm:pipeline"),
    (r"api-v1:stage-", r"pk", "crm:stage"),
    (r"crm:", r"stage_id", "crm:stage"),
    (r"sites:|api-v1:site-page-", r"page_id|pk", "sites:page"),
    (r"sites:|api-v1:site-form-", r"form_id|pk", "sites:form"),
    (r"sites:|api-v1:site-submission-", r"submission_id|pk", "sites:submission"),
    (r"sites:|api-v1:site-", r"site_id|pk", "sites:site"),
    (r"sites:|api-v1:site-", r"publication_id", "sites:publication"),
    (r"sites:|api-v1:site-", r"version_id", "sites:page_version"),
    (r"sites:|api-v1:site-", r"file_id", "sites:submission_file"),
    (r"people:department|api-v1:department-", r"pk", "people:department"),
    (r"people:role|api-v1:role-", r"pk", "people:role"),
    (r"people:invitation|api-v1:invitation-", r"pk", "people:invitation"),
    (r"people:photo", r"name", "people:photo"),
    (r"people:person|api-v1:person-", r"pk", "people:person"),
    (r"ui:notification", r"pk", "ui:notification"),
    (r"api-v1:saved-view-", r"pk", "ui:saved_view"),
    (r"portals:domain|api-v1:domain-", r"pk", "portals:claim"),
    (r"jobs:|api-v1:job-", r"job_id|pk", "jobs:job"),
    (r"operator:", r"access_id", "operator:access"),
    (r"billing:device", r"device_id", "rating:device"),
    (r"billing:pack$", r"pk", "rating:pack"),
    (r"billing:call$|api-v1:calls-", r"pk", "rating:call"),
    (r"billing:", r"posting_id", "billing:posting"),
    (r"billing:|api-v1:billing-invoice", r"invoice_id|pk", "billing:invoice"),
    (r"outbox:", r"delivery_id", "outbox:delivery"),
    (r"api-v1:webhook-", r"message", "webhooks:message"),
    (r"webhooks:", r"message_id", "webhooks:message"),
    (r"webhooks:|api-v1:webhook-", r"webhook_id|pk", "webhooks:webhook"),
    (r"api:|api-v1:token-", r"token_id|pk", "api:token"),
)
# Parameters that name no record: words of the address itself, and secrets nobody holds here.
_WORDS = {
    **dict.fromkeys(
        (("crm:client_page", "token"), ("crm:client_pdf", "token"), ("crm:client_answer", "token")), "x" * 32
    ),
    ("crm:report", "key"): "funnel",
    ("api-v1:report-figures", "source"): "sales",
    ("crm:report_save", "key"): "sales",
    ("billing:choose", "slug"): "team",
    ("operator:pack", "slug"): "people-10",
    ("billing:payment_pdf", "pk"): 1,
    ("billing:payment_pay", "pk"): 1,
    ("billing:receipt", "payment"): "pi_none",
    ("crm:lead_edit", "section"): "contact",
    ("crm:lead_edit", "part"): "title",
    ("crm:deal_edit", "part"): "title",
    ("crm:contact_edit", "part"): "main",
    ("crm:company_edit", "part"): "phones",
    ("crm:item_edit", "part"): "title",
    ("crm:quick_add", "kind_key"): "company",
    ("crm:quote_edit", "part"): "title",
    ("crm:invoice_edit", "part"): "title",
    ("crm:product_edit", "part"): "title",
    ("crm:deal_make", "what"): "quote",
    ("crm:quote_make", "what"): "invoice",
    ("crm:invoice_make", "what"): "invoice",
    ("crm:number_series", "of"): "quote",
    ("crm:letterhead_picture", "name"): "stamp",
    ("api-v1:company-put-picture", "name"): "stamp",
    ("api-v1:crm-settings-change-numbers", "of"): "quote",
    ("api-v1:crm-settings-card", "kind"): "deal",
    ("api-v1:crm-settings-field-rights", "kind"): "deal",
    ("api-v1:crm-settings-field-rights", "field"): "amount",
    ("crm:duplicates", "kind_key"): "contact",
    ("crm:fields", "kind_key"): "deal",
    ("crm:field_add", "kind_key"): "deal",
    ("crm:field_order", "kind_key"): "deal",
    ("crm:field_rights", "kind_key"): "deal",
    ("crm:field_rights", "key"): "amount",
    ("crm:layout", "kind_key"): "deal",
    ("crm:rule_add", "kind_key"): "deal",
    ("crm:letter_add", "kind_key"): "deal",
    ("crm:colleagues", "kind_key"): "deal",
    ("sites:asset", "name"): "form",
    ("sites:art", "name"): "scene.svg",
    ("sites:template_picture", "key"): "shop",
    ("people:photo", "label"): "small",
    ("portals:domain", "what"): "prove",
    ("portals:host", "what"): "main",
    ("portals:host", "pk"): 1,
    ("account_reset_password_from_key", "uidb36"): "1",
    ("account_reset_password_from_key", "key"): "no-such-key",
    ("account_confirm_email", "key"): "no-such-key",
    ("signup:enter", "ticket"): "no-such-ticket",
    ("people_accept_invitation", "token"): "no-such-token",
    ("storage:file", "token"): "no-such-token",
    ("ui:thing", "pk"): 1,
    ("ui:export_file", "job_id"): 1,
    **dict.fromkeys(
        (("operator:plan_versions", "slug"), ("operator:plan_sale", "slug"), ("operator:plan_copy", "slug")), "free"
    ),
    ("operator:deck", "deck_id"): 1,
    ("operator:calls_change", "what"): "markup",
    ("operator:support_enter", "ticket"): "no-such-ticket",
    ("mfa_remove_webauthn", "pk"): 1,
    ("mfa_edit_webauthn", "pk"): 1,
}
_NAMED = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>")
_OPEN = Gate(audience=Audience.GUEST, reason="the API answers for itself")


class NotReached(AssertionError):
    """A route with a parameter that no sample fills: add the record to world.py and the sample here."""


@dataclass(frozen=True)
class Address:
    """One route, filled in: where it is, what it declares, and whether it names records of a company."""

    route: Route
    path: str
    gate: Gate
    api: bool
    records: bool

    @property
    def methods(self) -> tuple[str, ...]:
        """What the route answers to."""
        if self.api:
            actions = getattr(self.route.view, "actions", None) or {"get": ""}
            return tuple(method.upper() for method in actions if method != "head")
        return self.gate.methods


def addresses(samples: Mapping[str, Any], shift: int = 0) -> Iterator[Address]:
    """Every route of a portal's host, led to the records of `samples`, their numbers moved on by `shift`.

    Raises:
        NotReached
    """
    for route in routes(PORTAL):
        if route.name == "api-v1:nowhere":
            continue
        names = [first or second for first, second in _NAMED.findall(route.path)]
        values, records = {}, False
        for name in names:
            value, is_record = _value(route.name, name, samples)
            if is_record and isinstance(value, int):
                value += shift
            values[name] = value
            records = records or is_record
        api = route.name.startswith("api-v1:") and route.path != "/api/v1/docs"
        path = reverse(route.name, urlconf=PORTAL, kwargs=values)
        yield Address(route, path, gate_of(route.view) or _OPEN, api, records)


def _value(route: str, parameter: str, samples: Mapping[str, Any]) -> tuple[Any, bool]:
    if route.startswith("operator:") and parameter in ("portal_id", "invoice_id", "adjustment_id", "dispute_id"):
        return 1, False  # the console's own numbers; it opens nowhere here, see test_the_console_is_elsewhere
    if route.startswith("tables:"):
        return 1, False  # rows of the shared tables, which only the operator's portal opens
    if (route, parameter) in _WORDS:
        return _WORDS[route, parameter], False
    for names, parameters, sample in _SAMPLES:
        if re.match(names, route) and re.fullmatch(parameters, parameter):
            return samples[sample], True
    raise NotReached(f"{route}: nothing fills {parameter!r}")
