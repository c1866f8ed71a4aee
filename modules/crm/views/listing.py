"""Lists of records: columns, orders, filters and bulk actions are made from the fields of the kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.access import Actor, may
from infra.kit.errors import NotFound, Text
from infra.kit.screens import screen
from infra.ui.lists import BulkAction, Column, Empty, Export, ListScreen, Order
from infra.ui.lists.filters import query_without
from infra.ui.lists.screen import WHOLE
from modules.crm.domain.access import access_stage, reached, visible
from modules.crm.domain.bulk import assign_records, delete_records, edit_records, move_records
from modules.crm.domain.field_rights import hidden, seen_fields
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.finding import found_by
from modules.crm.domain.importing.imports import importable
from modules.crm.domain.kinds import COMPANY, CONTACT, DEAL, INVOICE, LEAD, QUOTE, Kind, kinds, value_of
from modules.crm.domain.merge import merge_chosen
from modules.crm.domain.own_order import ORDERED, own_page
from modules.crm.domain.pairs import SCANNED
from modules.crm.domain.queries import record_rows
from modules.crm.domain.selling.list_sums import summed_field, sums_of
from modules.crm.domain.showing import POINTING, names_for
from modules.crm.filters import LEADING, filters_of
from modules.crm.forms import AssignForm, MergeForm, edit_form, move_form
from modules.crm.models import Change, Record
from modules.crm.own_filters import OWN_NAMES
from modules.crm.views.cards_out import vcards
from modules.crm.views.columns import columns_of
from modules.crm.views.needed import needed
from modules.crm.views.undoing import undoable

_EMPTY: dict[str, tuple[Text, Text, Text]] = {
    "lead": (
        gettext_lazy("No leads yet"),
        gettext_lazy("Add one by hand, or publish a form: whoever sends it appears here at once."),
        gettext_lazy("Add a lead"),
    ),
    "contact": (
        gettext_lazy("No contacts yet"),
        gettext_lazy("People you deal with. They also come from leads that you convert."),
        gettext_lazy("Add a contact"),
    ),
    "company": (
        gettext_lazy("No companies yet"),
        gettext_lazy("Clients, suppliers and partners, and your own legal entities."),
        gettext_lazy("Add a company"),
    ),
    "deal": (
        gettext_lazy("No deals yet"),
        gettext_lazy("A deal is something you sell to somebody. Add one, or convert a lead."),
        gettext_lazy("Add a deal"),
    ),
    "item": (
        gettext_lazy("Nothing here yet"),
        gettext_lazy("Add the first one."),
        gettext_lazy("Add"),
    ),
    "quote": (
        gettext_lazy("No quotes yet"),
        gettext_lazy("Make one from a deal: its products come along. The client accepts it by a link."),
        gettext_lazy("Add a quote"),
    ),
    "invoice": (
        gettext_lazy("No invoices yet"),
        gettext_lazy("Make one from a deal or an accepted quote, send it, and see what is paid."),
        gettext_lazy("Add an invoice"),
    ),
    "product": (
        gettext_lazy("No products yet"),
        gettext_lazy("Goods and services with their prices, ready to be put into deals."),
        gettext_lazy("Add a product"),
    ),
}
_ADD: dict[str, Text] = {
    "lead": gettext_lazy("New lead"),
    "contact": gettext_lazy("New contact"),
    "company": gettext_lazy("New company"),
    "deal": gettext_lazy("New deal"),
    "quote": gettext_lazy("New quote"),
    "invoice": gettext_lazy("New invoice"),
    "product": gettext_lazy("New product"),
}


def offered(actor: Actor, kind: Kind) -> dict[str, Any]:
    """What the buttons above lists and boards need."""
    return {
        "kind": kind,
        "may_create": may(actor, kind.permission("create")),
        "may_delete": may(actor, kind.permission("delete")),
        "add_url": kind.url("add"),
        "trash_url": kind.url("trash"),
        "duplicates_url": kind.url("duplicates") if may(actor, kind.permission("edit")) and kind.key in SCANNED else "",
        "import_url": kind.url("import") if may(actor, kind.permission("create")) and importable(kind) else "",
        "add_words": _ADD.get(kind.key, kind.title),
    }


def views_of(actor: Actor, kind: Kind) -> Sequence[tuple[str, Text, str]]:
    """The switch between list, board and calendar, with their addresses."""
    views = [("list", gettext_lazy("List"), kind.url())]
    if kind.staged:
        views.append(("board", gettext_lazy("Board"), kind.url("board")))
    if kind.calendar and kind.calendar not in hidden(actor, kind):
        views.append(("calendar", gettext_lazy("Calendar"), kind.url("calendar")))
    return tuple(views) if len(views) > 1 else ()


def empty_of(kind: Kind) -> Empty:
    """What an empty list or board of `kind` teaches."""
    title, text, action = _EMPTY.get(kind.key, _EMPTY["item"])
    return Empty(
        icon=kind.icon,
        title=title,
        text=text,
        action=action,
        url_name=kind.url("add") if kind.type_id else f"crm:{kind.key}_add",
        permission=kind.permission("create"),
    )


def declared(kind: Kind) -> dict[str, Any]:
    """What the list of `kind` declares."""
    edit, delete = kind.permission("edit"), kind.permission("delete")
    moves = [
        BulkAction("move", gettext_lazy("Move to stage"), icon="arrow-right", permission=edit, form=move_form(kind))
    ]
    merges = [BulkAction("merge", gettext_lazy("Merge"), icon="arrows-join", permission=delete, form=MergeForm)]
    return {
        "key": f"crm.{kind.plural_key}",
        "title": kind.plural,
        "export_name": kind.plural_key,
        "filterset_class": filters_of(kind),
        "live": kind.list_group,
        "export_permission": kind.permission("export"),
        "empty": empty_of(kind),
        "bulk": (
            BulkAction("assign", gettext_lazy("Assign"), icon="user-check", permission=edit, form=AssignForm),
            *(moves if kind.staged else []),
            BulkAction("edit", gettext_lazy("Change"), icon="pencil", permission=edit, form=edit_form(kind)),
            *(merges if kind.mergeable else []),
            BulkAction("trash", gettext_lazy("Move to trash"), icon="trash", tone="danger", permission=delete),
        ),
    }


class RecordList(ListScreen[Any]):
    """A list of records of `kind`."""

    kind: ClassVar[Kind]
    template_name = "crm/list.html"
    searchable = True
    columns: Sequence[Column] = ()
    orders: Sequence[Order] = (
        Order("-created_at", gettext_lazy("Newest first")),
        Order("-updated_at", gettext_lazy("Changed last")),
    )

    own_names = OWN_NAMES

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if "kind" in cls.__dict__:
            for name, value in declared(cls.kind).items():
                setattr(cls, name, value)
        super().__init_subclass__(**kwargs)

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.views = views_of(self.actor, self.kind) if request.user.is_authenticated else ()
        self.names: dict[tuple[str, int], str] = {}
        self.items = seen_fields(self.actor, self.kind) if request.user.is_authenticated else []
        self.has_sums = bool(summed_field(self.items))
        self.ids_first = not LEADING.isdisjoint(request.GET)
        request.own_fields = self.own_fields  # type: ignore[attr-defined]  # ours
        self.columns = columns_of(self.kind, self.items, self)
        fields = {item.key: item for item in self.items}
        more = [
            Order(f"{'-' if item.type != Type.TEXT else ''}{item.order}", item.title)
            for item in fields.values()
            if item.order and not item.custom
        ]
        if self.kind is CONTACT:
            more.append(Order("name", pgettext_lazy("of a person", "Name")))
        more += [Order(item.key, item.title) for item in self.items if item.custom and item.type in ORDERED]
        self.orders = (*type(self).orders, *more)

    def own_fields(self, kind: Kind) -> list[Field]:
        """What filters take for the own fields of `kind`: those of this list, which are read already."""
        return [item for item in self.items if item.custom]

    def filtered(self) -> Any:
        rows = super().filtered()
        return reached(rows, self.actor, self.kind, "export") if self.request.GET.get("export") else rows

    def slice(self, *, size: int, after: str = "", before: str = "") -> Any:
        item = next((item for item in self.items if item.custom and item.key == self.order.lstrip("-")), None)
        if item is None:
            page = super().slice(size=size, after=after, before=before)
        else:
            page = own_page(self.filtered(), item, self.order, size=size, after=after, before=before)
        pointing = [item for item in self.items if (item.custom or item.multiple) and item.type in POINTING]
        self.names = names_for((item, value_of(row, item)) for row in page.rows for item in pointing)
        return page

    def whole(self) -> QuerySet[Any, Any]:
        """What `filtered` gives, asked so that all of it is gone through quickest."""
        own = {item.key for item in self.items if item.custom}
        if own.isdisjoint(name.partition("_")[0] for name, _value in self.given):
            rows: QuerySet[Any, Any] = self.filtered()
            return rows
        asker = SimpleNamespace(user=self.actor, own_fields=self.own_fields, whole=True)
        filterset = filters_of(self.kind)(self.request.GET, queryset=visible(self.actor, self.kind), request=asker)
        rows = filterset.qs if not self.lost else filterset.queryset.none()
        return self.search(rows, self.text) if self.text else rows

    def count(self) -> int:
        return self.whole().order_by().values("pk")[: self.count_cap + 1].count()

    def sums(self, *, whole: bool) -> HttpResponse:
        field = summed_field(self.items)
        if not field:
            raise NotFound
        sums = sums_of(self.whole(), self.kind, field, whole=whole)
        number = self.count_cap + 1 if sums.more else sums.number
        context = {
            **(self.counted(number) if self.narrowed and number > self.page_size else {}),
            "sums": sums,
            "whole_url": query_without(self.request.GET, ["after", "before"], part=WHOLE),
        }
        return render(self.request, "crm/parts/list_sums.html", context)

    def export_vcf(self) -> Any:
        return vcards(self.request, self.slice, hidden(self.actor, self.kind))

    def rows(self) -> QuerySet[Any, Any]:
        return record_rows(self.actor, self.kind)

    def search(self, rows: QuerySet[Any, Any], text: str) -> QuerySet[Any, Any]:
        return found_by(self.actor, self.kind, cast(Any, rows), text)

    def url_of(self, row: Record) -> str:
        return self.kind.url("card", row.pk)

    def extra_context(self) -> dict[str, Any]:
        return {**offered(self.actor, self.kind), **needed(self.request, self.actor, self.kind)}

    def _done(self, change: Change) -> int:
        undoable(self.request, change, len(set(self.request.POST.getlist("ids"))))
        return len(change.before)

    def bulk_assign(self, rows: Any, form: Any) -> int:
        person_id = int(form.cleaned_data["responsible"])
        return self._done(assign_records(actor=self.actor, kind=self.kind, rows=rows, responsible_id=person_id))

    def bulk_move(self, rows: Any, form: Any) -> int:
        stage = access_stage(int(form.cleaned_data["stage"]), self.kind)
        return self._done(move_records(actor=self.actor, kind=self.kind, rows=rows, stage=stage))

    def bulk_edit(self, rows: Any, form: Any) -> int:
        return self._done(edit_records(actor=self.actor, kind=self.kind, rows=rows, changes=form.changes()))

    def bulk_merge(self, rows: Any, form: Any) -> int:
        return merge_chosen(actor=self.actor, kind=self.kind, rows=rows, keep=form.cleaned_data["keep"])

    def bulk_trash(self, rows: Any, form: Any) -> int:
        return self._done(delete_records(actor=self.actor, kind=self.kind, rows=rows))


class LeadList(RecordList):
    """Leads."""

    kind = LEAD


class ContactList(RecordList):
    """Contacts."""

    kind = CONTACT
    exports = (Export("vcf", gettext_lazy("Export to vCard"), icon="id"),)


class CompanyList(RecordList):
    """Companies."""

    kind = COMPANY


class DealList(RecordList):
    """Deals."""

    kind = DEAL


class QuoteList(RecordList):
    """Quotes."""

    kind = QUOTE


class InvoiceList(RecordList):
    """Invoices."""

    kind = INVOICE


class ItemList(RecordList):
    """Records of a kind that the company made; the address says which."""

    @classmethod
    def places(cls, actor: Actor, name: str) -> Iterable[tuple[str, Text, str]]:
        found = (kind for kind in kinds().values() if kind.type_id and may(actor, kind.permission("view")))
        return [(str(declared(kind)["key"]), kind.plural, kind.url()) for kind in found]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        for name, value in {"kind": kwargs["kind"], **declared(kwargs["kind"])}.items():
            setattr(self, name, value)
        super().setup(request, *args, **kwargs)


lead_list = screen(LEAD.permission("view"), methods=("GET", "POST"))(LeadList.as_view())
contact_list = screen(CONTACT.permission("view"), methods=("GET", "POST"))(ContactList.as_view())
company_list = screen(COMPANY.permission("view"), methods=("GET", "POST"))(CompanyList.as_view())
quote_list = screen(QUOTE.permission("view"), methods=("GET", "POST"))(QuoteList.as_view())
invoice_list = screen(INVOICE.permission("view"), methods=("GET", "POST"))(InvoiceList.as_view())
deal_list = screen(DEAL.permission("view"), methods=("GET", "POST"))(DealList.as_view())
