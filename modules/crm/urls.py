"""Pages of CRM, under /crm/. Every kind of record has the same ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from django.urls import URLPattern, include, path
from django.views.generic import RedirectView

from infra.kit.access import require_permission
from infra.kit.screens import screen
from modules.crm import rule_urls
from modules.crm.domain.importing.imports import importable
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, ITEM, LEAD, PRODUCT, QUOTE, Kind, kind_named
from modules.crm.domain.pairs import SCANNED
from modules.crm.domain.posting import may_be_written_to
from modules.crm.urls_reports import urlpatterns as report_urls
from modules.crm.views import (
    boards,
    calendar,
    converting,
    create,
    editing,
    files,
    importing,
    listing,
    own_fields,
    pairs,
    papers,
    pipelines,
    plans,
    products,
    repeating,
    requisites,
    rows,
    selling,
    todo,
    trash,
    types,
    undoing,
    writing,
)
from modules.crm.views import card as cards

app_name = "crm"
_BOTH, _POST = ("GET", "POST"), ("POST",)


def _page(view: Callable[..., Any], kind: Kind, verb: str, methods: tuple[str, ...] = ("GET",)) -> Any:
    """`view` for records of `kind`, for who holds the permission `verb`."""

    def of_kind(request: Any, /, **names: Any) -> Any:
        return view(request, kind, **names)

    update_wrapper(of_kind, view)
    return screen(kind.permission(verb), methods=methods)(of_kind)


def _own_page(view: Callable[..., Any], verb: str, methods: tuple[str, ...] = ("GET",)) -> Any:
    """`view` for records of a kind that the company made, which the address names, for who holds its right `verb`."""

    def of_type(request: Any, /, type_id: int, **names: Any) -> Any:
        kind = kind_named(f"item_{type_id}")
        require_permission(request.user, kind.permission(verb))
        return view(request, kind=kind, **names)

    update_wrapper(of_type, view)
    return screen(None, methods=methods)(of_type)


def _record_urls(kind: Kind) -> list[URLPattern]:
    return _pages(partial(_page, kind=kind), kind, kind.plural_key)


def _pages(page: Any, kind: Kind, base: str) -> list[URLPattern]:
    key, one = kind.key, f"{base}/<int:record_id>/"
    return [
        path(f"{base}/new/", page(create.add, verb="create", methods=_BOTH), name=f"{key}_add"),
        path(f"{base}/trash/", page(trash.trash, verb="delete"), name=f"{key}_trash"),
        *(_pair_urls(page, base, key) if key in SCANNED else []),
        *(
            [path(f"{base}/import/", page(importing.upload, verb="create", methods=_BOTH), name=f"{key}_import")]
            if importable(kind)
            else []
        ),
        path(one, page(cards.card, verb="view"), name=key),
        path(f"{one}edit/<slug:part>/", page(editing.edit, verb="edit", methods=_BOTH), name=f"{key}_edit"),
        path(f"{one}assign/", page(editing.assign, verb="edit", methods=_POST), name=f"{key}_assign"),
        path(f"{one}watch/", page(editing.watching, verb="view", methods=_POST), name=f"{key}_watch"),
        path(f"{one}comment/", page(editing.comment, verb="view", methods=_POST), name=f"{key}_comment"),
        path(f"{one}plan/", page(plans.plan, verb="view", methods=_BOTH), name=f"{key}_plan"),
        path(f"{one}delete/", page(editing.delete, verb="delete", methods=_POST), name=f"{key}_delete"),
        path(f"{one}restore/", page(editing.restore, verb="delete", methods=_POST), name=f"{key}_restore"),
        *(
            [path(f"{one}write/", page(writing.write, verb="edit", methods=_BOTH), name=f"{key}_write")]
            if may_be_written_to(kind)
            else []
        ),
        *(_merging_urls(page, one, key) if kind.mergeable else []),
        *(
            [path(f"{one}move/", page(editing.move, verb="edit", methods=_POST), name=f"{key}_move")]
            if kind.staged
            else []
        ),
        *(_requisite_urls(page, one, key) if kind in (CONTACT, COMPANY) else []),
        *(_selling_urls(page, one, key) if kind in (DEAL, QUOTE, INVOICE) else []),
        *(_paper_urls(page, one, key) if kind in (QUOTE, INVOICE) else []),
    ]


def _merging_urls(page: Any, one: str, key: str) -> list[URLPattern]:
    return [
        path(f"{one}merge/", page(converting.merge, verb="edit", methods=_BOTH), name=f"{key}_merge"),
        path(f"{one}unmerge/", page(converting.take_back, verb="edit", methods=_POST), name=f"{key}_unmerge"),
    ]


def _selling_urls(page: Any, one: str, key: str) -> list[URLPattern]:
    return [
        path(f"{one}rows/", page(rows.edit_rows, verb="edit", methods=_BOTH), name=f"{key}_rows"),
        path(f"{one}rows/check/", page(rows.check, verb="edit", methods=_POST), name=f"{key}_rows_check"),
        path(f"{one}rows/find/", page(rows.find, verb="edit"), name=f"{key}_rows_find"),
        path(f"{one}rows/line/", page(rows.line, verb="edit"), name=f"{key}_rows_line"),
        path(f"{one}make/<slug:what>/", page(papers.make, verb="view", methods=_POST), name=f"{key}_make"),
        path(f"{one}goods/", page(papers.goods, verb="edit", methods=_POST), name=f"{key}_goods"),
    ]


def _paper_urls(page: Any, one: str, key: str) -> list[URLPattern]:
    return [
        path(f"{one}pdf/", page(papers.pdf, verb="view"), name=f"{key}_pdf"),
        path(f"{one}letter/", page(papers.letter, verb="edit", methods=_BOTH), name=f"{key}_letter"),
        path(f"{one}link/", page(papers.link, verb="edit", methods=_POST), name=f"{key}_link"),
        path(f"{one}status/", page(papers.status, verb="edit", methods=_POST), name=f"{key}_status"),
    ]


def _pair_urls(page: Any, base: str, key: str) -> list[URLPattern]:
    apart = page(pairs.apart, verb="edit", methods=_POST)
    return [
        path(f"{base}/duplicates/", page(pairs.pairs, verb="edit", methods=_BOTH), name=f"{key}_duplicates"),
        path(f"{base}/duplicates/<int:pair_id>/apart/", apart, name=f"{key}_apart"),
    ]


def _requisite_urls(page: Any, one: str, key: str) -> list[URLPattern]:
    which = f"{one}requisites/<int:requisite_id>/"
    change = page(requisites.requisite, verb="edit", methods=_BOTH)
    return [
        path(f"{one}requisites/new/", change, name=f"{key}_requisite_add"),
        path(which, change, name=f"{key}_requisite"),
        path(f"{which}remove/", page(requisites.remove, verb="edit", methods=_POST), name=f"{key}_requisite_remove"),
    ]


urlpatterns = [
    path("", screen("crm.lead.view")(RedirectView.as_view(pattern_name="crm:leads")), name="home"),
    path("leads/", listing.lead_list, name="leads"),
    path("leads/board/", boards.lead_board, name="board"),
    path("contacts/", listing.contact_list, name="contacts"),
    path("companies/", listing.company_list, name="companies"),
    path("deals/", listing.deal_list, name="deals"),
    path("deals/board/", boards.deal_board, name="deal_board"),
    *(
        path(f"{kind.plural_key}/calendar/", _page(calendar.month, kind, "view"), name=f"{kind.key}_calendar")
        for kind in (LEAD, DEAL, QUOTE, INVOICE)
    ),
    path("quotes/", listing.quote_list, name="quotes"),
    path("invoices/", listing.invoice_list, name="invoices"),
    path("products/", products.product_list, name="products"),
    path("products/sections/", products.sections, name="sections"),
    path("products/sections/<int:section_id>/remove/", products.section_remove, name="section_remove"),
    path("products/<int:record_id>/prices/", products.prices, name="product_prices"),
    path("products/<int:record_id>/picture/", products.picture, name="product_picture"),
    path("products/<int:record_id>/picture/change/", products.picture_set, name="product_picture_set"),
    *(pattern for kind in (LEAD, CONTACT, COMPANY, DEAL, QUOTE, INVOICE, PRODUCT) for pattern in _record_urls(kind)),
    path("items/<int:type_id>/", _own_page(listing.ItemList.as_view(), "view", _BOTH), name="items"),
    path("items/<int:type_id>/board/", _own_page(boards.ItemBoard.as_view(), "view", _BOTH), name="item_board"),
    path("items/<int:type_id>/calendar/", _own_page(calendar.month, "view"), name="item_calendar"),
    *_pages(_own_page, ITEM, "items/<int:type_id>"),
    path("types/", types.type_list, name="types"),
    path("types/new/", types.type_add, name="type_add"),
    path("types/order/", types.type_order, name="type_order"),
    path("types/<int:type_id>/", types.type_page, name="type"),
    path("types/<int:type_id>/rights/", types.type_rights, name="type_rights"),
    path("types/<int:type_id>/delete/", types.type_delete, name="type_delete"),
    path("types/<int:type_id>/restore/", types.type_restore, name="type_restore"),
    path("leads/<int:record_id>/convert/", converting.convert, name="lead_convert"),
    path("companies/<int:record_id>/holding/", converting.holding, name="holding"),
    path("invoices/<int:record_id>/pay/", _page(papers.pay, INVOICE, "edit", _BOTH), name="invoice_pay"),
    path(
        "invoices/<int:record_id>/payments/<int:payment_id>/remove/",
        _page(papers.unpay, INVOICE, "edit", _POST),
        name="invoice_unpay",
    ),
    path("invoices/<int:record_id>/account/", _page(papers.account, INVOICE, "edit", _POST), name="invoice_account"),
    path("invoices/<int:record_id>/cards/", _page(papers.take_cards, INVOICE, "edit", _POST), name="invoice_cards"),
    path("invoices/<int:record_id>/reserve/", _page(papers.reserve, INVOICE, "edit", _POST), name="invoice_reserve"),
    path("invoices/<int:record_id>/repeat/", _page(repeating.repeat, INVOICE, "edit", _BOTH), name="invoice_repeat"),
    path("deals/<int:record_id>/repeat/", _page(repeating.repeat, DEAL, "edit", _BOTH), name="deal_repeat"),
    path("client/", include("modules.crm.urls_client")),
    path("choose/", create.choose, name="choose"),
    path("choose/<slug:kind_key>/", create.quick_add, name="quick_add"),
    path("duplicates/<slug:kind_key>/", create.duplicates, name="duplicates"),
    path("undo/<int:change_id>/", undoing.undo, name="undo"),
    path("imports/<int:import_id>/", importing.one, name="import"),
    path("imports/<int:import_id>/check/", importing.check, name="import_check"),
    path("imports/<int:import_id>/start/", importing.start, name="import_start"),
    path("imports/<int:import_id>/undo/", importing.undo, name="import_undo"),
    path("imports/<int:import_id>/discard/", importing.discard, name="import_discard"),
    path("imports/<int:import_id>/refused/", importing.refused, name="import_refused"),
    path("colleagues/<slug:kind_key>/<int:record_id>/", editing.colleagues, name="colleagues"),
    path("files/<int:file_id>/", files.file, name="file"),
    path("activities/", todo.activities, name="activities"),
    path("activities/<int:activity_id>/", plans.activity, name="activity"),
    path("activities/<int:activity_id>/tomorrow/", todo.tomorrow, name="activity_tomorrow"),
    path("activities/<int:activity_id>/done/", plans.done, name="activity_done"),
    path("activities/<int:activity_id>/reopen/", plans.reopen, name="activity_reopen"),
    path("activities/<int:activity_id>/pin/", plans.pin, name="activity_pin"),
    path("activities/<int:activity_id>/again/", writing.again, name="activity_again"),
    path("activities/<int:activity_id>/remove/", plans.remove, name="activity_remove"),
    path("settings/", pipelines.pipeline_list, name="pipelines"),
    path("settings/new/", pipelines.add, name="pipeline_add"),
    path("settings/<int:pipeline_id>/", pipelines.pipeline, name="pipeline"),
    path("settings/<int:pipeline_id>/order/", pipelines.order, name="pipeline_order"),
    path("settings/<int:pipeline_id>/rights/", pipelines.rights, name="pipeline_rights"),
    path("settings/<int:pipeline_id>/delete/", pipelines.delete, name="pipeline_delete"),
    path("settings/<int:pipeline_id>/stages/new/", pipelines.stage_add, name="stage_add"),
    path("settings/stages/<int:stage_id>/", pipelines.stage, name="stage"),
    path("settings/stages/<int:stage_id>/delete/", pipelines.stage_delete, name="stage_delete"),
    path(
        "fields/",
        screen("crm.field.manage")(RedirectView.as_view(url="/crm/fields/deal/")),
        name="field_settings",
    ),
    path("fields/<slug:kind_key>/", own_fields.fields, name="fields"),
    path("fields/<slug:kind_key>/new/", own_fields.field_add, name="field_add"),
    path("fields/<slug:kind_key>/order/", own_fields.field_order, name="field_order"),
    path("fields/<slug:kind_key>/rights/<slug:key>/", own_fields.field_rights, name="field_rights"),
    path("fields/<int:field_id>/change/", own_fields.field, name="field"),
    path("fields/<int:field_id>/retire/", own_fields.field_retire, name="field_retire"),
    path("layout/<slug:kind_key>/", own_fields.layout, name="layout"),
    path("settings/selling/", selling.settings, name="selling"),
    path("settings/selling/rates/", selling.rates, name="rates"),
    path("settings/selling/numbers/<slug:of>/", selling.number_series, name="number_series"),
    path("settings/selling/cards/", selling.cards, name="selling_cards"),
    path("settings/selling/price-types/", selling.price_type, name="price_type"),
    path("settings/selling/papers/<int:company_id>/", selling.letterhead, name="letterhead"),
    path(
        "settings/selling/papers/<int:company_id>/<slug:name>/", selling.letterhead_picture, name="letterhead_picture"
    ),
    path("settings/rotation/", pipelines.rotation, name="rotation"),
    path("settings/reasons/", pipelines.reason_list, name="reasons"),
    path("settings/reasons/<int:reason_id>/retire/", pipelines.reason_retire, name="reason_retire"),
    *report_urls,
    *rule_urls.urlpatterns,
]
