"""Pages that `make screens` does not picture, each with its reason. One that is in neither is a fault of the run."""

from __future__ import annotations

from collections.abc import Mapping

_FILE = "a file"
_PART = "a part of a page that pictures show"
_MACHINE = "for programs"
_PASSKEY = "wants a device with a passkey"
_FACTOR = "wants an authenticator app; the demo's people sign in without one"
_STRIPE = "leads to Stripe"
_TICKET = "a ticket that works once, and leads on"

TOLD: Mapping[str, str] = {
    "account/passkeys/<int:pk>/edit/": _PASSKEY,
    "account/passkeys/<int:pk>/remove/": _PASSKEY,
    "account/two-step/app/remove/": _FACTOR,
    "account/two-step/codes/": _FACTOR,
    "account/two-step/codes/download/": _FACTOR,
    "api/v1/^.*$": _MACHINE,
    "billing/calls/packs/<int:pk>/": "the demo has bought no pack of minutes",
    "billing/invoices/<int:invoice_id>/": _FILE,
    "billing/payments/<int:pk>/pay": _STRIPE,
    "billing/payments/<int:pk>/pdf": _FILE,
    "billing/receipts/<slug:payment>/": _STRIPE,
    "certificate": _MACHINE,
    "crm/client/^(?P<token>[A-Za-z0-9_-]{32})/pdf/$": _FILE,
    "crm/colleagues/<slug:kind_key>/<int:record_id>/": _PART,
    "crm/contacts/<int:record_id>/requisites/<int:requisite_id>/": "drawn as that of a company",
    "crm/deals/<int:record_id>/rows/find/": _PART,
    "crm/deals/<int:record_id>/rows/line/": _PART,
    "crm/files/<int:file_id>/": _FILE,
    "crm/imports/<int:import_id>/refused/": _FILE,
    "crm/invoices/<int:record_id>/rows/find/": _PART,
    "crm/invoices/<int:record_id>/rows/line/": _PART,
    "crm/products/<int:record_id>/picture/": _FILE,
    "crm/quotes/<int:record_id>/rows/find/": _PART,
    "crm/quotes/<int:record_id>/rows/line/": _PART,
    "crm/reports/saved/<int:report_id>/": "leads on to the report",
    "crm/settings/selling/papers/<int:company_id>/<slug:name>/": _FILE,
    "exports/<int:job_id>/": _FILE,
    "jobs/<int:job_id>/": "only long work has a page; that of imports is pictured",
    "kit/things/<int:pk>/": "a sample of the kit; the cards of records show the same",
    "operator/money/invoices/<int:invoice_id>/": "the service itself has sent no invoice yet",
    "operator/money/invoices/<int:invoice_id>/pdf/": _FILE,
    "people/photos/<slug:name>/<slug:label>.webp": _FILE,
    "portal/logo.png": _FILE,
    "session/": _MACHINE,
    "sites/<int:site_id>/art/<str:name>": _FILE,
    "sites/<int:site_id>/goods/": _PART,
    "sites/<int:site_id>/pictures/": _PART,
    "sites/<int:site_id>/site.css": _FILE,
    "sites/assets/<slug:name>": _FILE,
    "sites/forms/<int:form_id>/part/": _PART,
    "sites/new/<slug:key>.svg": _FILE,
    "sites/pages/<int:page_id>/history/": _PART,
    "sites/pages/<int:page_id>/history/<int:version_id>/": _PART,
    "sites/pages/<int:page_id>/preview/": _PART,
    "sites/submissions/<int:submission_id>/files/<int:file_id>/": _FILE,
    "storage/<str:token>": _FILE,
    "support/enter/<str:ticket>/": _TICKET,
    "switch/v1/cuts": _MACHINE,
    "switch/v1/ha1": _MACHINE,
    "welcome/<str:ticket>/": _TICKET,
    "^_f/(?P<public_id>[0-9a-f]{20})/challenge$": _MACHINE,
    "^_f/(?P<public_id>[0-9a-f]{20})/confirm/(?P<token>[A-Za-z0-9_-]{32})$": "the link of a letter that works once",
}
