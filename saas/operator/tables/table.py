"""One shared table: a list that stays fast however long it is, and a page for each row, to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.admin import ModelAdmin, ShowFacets
from django.core.paginator import Paginator
from django.db import OperationalError, connection, models, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from infra.kit.errors import NotFound, Unavailable
from saas.operator.tables.values import is_secret, shown
from tenants.portals.models import Portal

COUNTED = 10_000
COLUMNS = 8
PATIENCE = "3s"
INDEXED = {"schema_name", "slug", "domain", "host"}


class CappedPaginator(Paginator):
    """Counts no further than COUNTED rows: who wants more narrows the list."""

    @cached_property
    def count(self) -> int:
        """At most COUNTED + 1."""
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED + 1].count())

    @property
    def capped(self) -> bool:
        """Whether there are more than are counted."""
        return self.count > COUNTED

    @property
    def num_pages(self) -> int:
        """Pages within what is counted."""
        return max(1, -(-min(self.count, COUNTED) // self.per_page))


class Table(ModelAdmin):
    """Read-only. `editable` names what a subclass lets be corrected."""

    editable: Sequence[str] = ()
    ordering = ("-pk",)
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = CappedPaginator
    actions = None
    sortable_by = ()
    search_fields = ("pk",)  # what is searched is decided by get_search_results
    change_list_template = "operator/tables/list.html"
    change_form_template = "operator/tables/row.html"
    save_on_top = False

    # -- rights: the site's gate has asked for the permission ---------------------------------------------------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self.editable) and self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.admin_site.has_permission(request)

    # -- addresses ----------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        names = self.model._meta.app_label, self.model._meta.model_name
        return [
            path("", self.admin_site.admin_view(self.changelist_view), name="{}_{}_changelist".format(*names)),
            path("<str:object_id>/", self.admin_site.admin_view(self.change_view), name="{}_{}_change".format(*names)),
        ]

    @property
    def address(self) -> str:
        """The name of the list's route."""
        return f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_changelist"

    @property
    def row_address(self) -> str:
        """The name of the route of a row's page."""
        return f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_change"

    @property
    def title(self) -> str:
        """What the table holds."""
        return str(self.model._meta.verbose_name).capitalize()

    # -- the list -----------------------------------------------------------------------------------------------------

    def columns(self) -> list[models.Field[Any, Any]]:
        """The first fields that are short and no secret."""
        wide = (models.TextField, models.JSONField)
        fields = self.model._meta.concrete_fields
        return [field for field in fields if not is_secret(field) and not isinstance(field, wide)][:COLUMNS]

    def get_list_display(self, request: HttpRequest) -> Any:
        return [field.name for field in self.columns()]

    def get_list_filter(self, request: HttpRequest) -> Any:
        return [field.name for field in self.columns() if field.choices or isinstance(field, models.BooleanField)][:3]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the filters above the list ask."""
        name, _separator, kind = lookup.partition("__")
        return kind in ("exact", "isnull") and name in self.get_list_filter(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        related = [field.name for field in self.columns() if field.is_relation]
        rows = super().get_queryset(request).select_related(*related) if related else super().get_queryset(request)
        return rows.defer(*(field.name for field in self.model._meta.concrete_fields if is_secret(field)))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By number, by an exact value of an indexed text, or by the portal's address or schema: never a scan."""
        text = search_term.strip()
        if not text:
            return queryset, False
        wanted = Q(pk__in=[])
        if text.isdecimal() and len(text) < 19 and isinstance(self.model._meta.pk, models.IntegerField):
            wanted |= Q(pk=int(text))
        for field in self.columns():
            if isinstance(field, models.CharField) and (field.unique or field.name in INDEXED):
                wanted |= Q(**{field.name: text})
            if field.related_model is Portal:
                portals = Portal.objects.filter(Q(slug=text) | Q(schema_name=text)).values_list("pk", flat=True)
                wanted |= Q(**{f"{field.name}_id__in": list(portals)})
        return queryset.filter(wanted), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """One page of rows. Raises Unavailable where the database would have to read for too long."""
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
                answer: Any = super().changelist_view(request)
                context = getattr(answer, "context_data", None) or {}
                if "cl" in context:
                    context |= self._page(context["cl"])
                    answer.render()
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "57014":
                raise
            raise Unavailable(_("This would take too long to find. Search for a number or an address.")) from None
        return answer  # type: ignore[no-any-return]  # as the base class says

    def _page(self, found: Any) -> dict[str, Any]:
        columns = self.columns()
        pages = found.paginator.num_pages
        links = {
            name: found.get_query_string({"p": number}) if 1 <= number <= pages else ""
            for name, number in (("before_url", found.page_num - 1), ("after_url", found.page_num + 1))
        }
        return {
            "table": self,
            "heads": [str(column.verbose_name).capitalize() for column in columns],
            "lines": [(row.pk, [shown(row, column) for column in columns]) for row in found.result_list],
            "capped": found.paginator.capped,
            "count": min(found.paginator.count, COUNTED),
            "filters": [(str(spec.title).capitalize(), list(spec.choices(found))) for spec in found.filter_specs],
            **links,
        }

    # -- one row ------------------------------------------------------------------------------------------------------

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.concrete_fields if field.name not in self.editable]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return list(self.editable)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The row as it is, and the form for what may be corrected. Raises NotFound."""
        row = self.get_object(request, object_id)
        if row is None:
            raise NotFound
        more = {"subtitle": "", "table": self, "row": row, "facts": list(self._facts(row))}
        return super().change_view(request, object_id, form_url, more)

    def _facts(self, row: Any) -> Iterator[tuple[str, str, str]]:
        for field in self.model._meta.concrete_fields:
            table = self.admin_site._registry.get(field.related_model) if field.is_relation else None
            number = getattr(row, field.attname) if isinstance(table, Table) else None
            url = reverse(table.row_address, args=[number]) if isinstance(table, Table) and number else ""
            yield str(field.verbose_name).capitalize(), shown(row, field, whole=True), url

    # -- the admin's own log has no table here; the verbs write into the audit log ------------------------------------

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Written by save_model, with old and new values."""
