"""The log as a page."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from infra.audit.domain.queries import VIEW, entries
from infra.audit.filters import AuditFilter
from infra.audit.models import AuditEntry
from infra.audit.wording import PERSON, People, names_of, told_html
from infra.kit.errors import Text, UnknownName
from infra.kit.registry import registry
from infra.kit.screens import screen
from infra.ui.lists import Column, Empty, ListScreen, Order
from infra.ui.lists.keyset import Page


def _people(entry: AuditEntry) -> People:
    """Names of the page's people, left on the row by `AuditLog.page`."""
    return getattr(entry, "people", {})


def _record(entry: AuditEntry) -> str:
    """The record, as a link to everything that happened to it."""
    ref = entry.ref
    if ref is None:
        return ""
    try:
        title = f"{registry.record_kind(ref.module, ref.kind).title} {ref.id}"
    except UnknownName:
        title = f"{ref.module}.{ref.kind} {ref.id}"
    if (ref.module, ref.kind) == PERSON:
        title = _people(entry).get(ref.id, title)
    return format_html('<a href="{}?{}">{}</a>', reverse("audit:log"), urlencode({"record": str(ref)}), title)


def _action(entry: AuditEntry) -> Text:
    """What was done, in words; what no module declares any more stays as it was written."""
    return registry.actions.get(entry.action, entry.action)


class AuditLog(ListScreen[AuditEntry]):
    """Newest first; narrowed by person, action, record and period."""

    key = "audit.log"
    title = _("Audit log")
    subtitle = _("Who changed what, and when. Nobody can alter or delete these lines.")
    columns = (
        Column("at", _("When"), kind="moment", order="at", fixed=True),
        Column("actor_name", _("Person")),
        Column("action", _("Action"), kind="badge", value=_action),
        Column("record", _("Record"), value=_record),
        Column("changes", _("What changed"), value=lambda entry: told_html(entry, _people(entry))),
        Column("ip", _("Address"), shown=False),
        Column("request_id", _("Request"), shown=False),
    )
    orders = (Order("-at", _("Newest first")),)
    filterset_class = AuditFilter
    empty = Empty(
        icon="history", title=_("Nothing here yet"), text=_("What people change in the portal is written down here.")
    )

    def rows(self) -> QuerySet[Any, AuditEntry]:
        return entries(self.actor).order_by()

    def page(self) -> Page[AuditEntry]:
        """The rows, with the names of all people they speak of."""
        page = super().page()
        people = names_of(page.rows)
        for entry in page.rows:
            entry.people = people  # type: ignore[attr-defined]  # for its template
        return page


audit_log = screen(permission=VIEW, methods=("GET", "POST"))(AuditLog.as_view())
