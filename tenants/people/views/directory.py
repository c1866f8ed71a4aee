"""The directory: everyone in the company, found by the beginning of any word of name, address or job title."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.access import may
from infra.kit.screens import screen
from infra.ui.lists import BulkAction, Column, Empty, ListScreen, Order
from tenants.people.domain.access import visible_people
from tenants.people.domain.bulk import change_roles, deactivate_people, place_people, reactivate_people
from tenants.people.domain.cards import matching
from tenants.people.filters import PeopleFilter
from tenants.people.forms import BulkDepartmentForm, BulkRoleForm
from tenants.people.models import User
from tenants.people.models.user import UserQuerySet
from tenants.people.views.who import me

MANAGE = "people.person.manage"


def _state(person: User) -> str:
    """What is special about the person, "" for most."""
    if not person.is_active:
        return _now("Deactivated")
    return _now("Guest") if person.role.is_guest else ""


class Directory(ListScreen[User]):
    """People of the company; who manages them also acts on many at once."""

    key = "people.people"
    title = _("People")
    template_name = "people/directory.html"
    columns = (
        Column(
            "last_name",
            pgettext_lazy("of a person", "Name"),
            kind="person",
            value=lambda person: person,
            link=True,
            fixed=True,
            order="last_name",
        ),
        Column("job_title", _("Job title")),
        Column("department", _("Department"), value=lambda person: person.department.name if person.department else ""),
        Column("email", _("E-mail"), kind="email"),
        Column("phone", _("Phone"), kind="phone", value=lambda person: person.phone_shown),
        Column("role", _("Role"), value=lambda person: person.role.title),
        Column(
            "state",
            _("Status"),
            kind="badge",
            value=_state,
            tone=lambda person: "info" if person.is_active else "danger",
        ),
        Column("mobile_phone", _("Mobile phone"), kind="phone", shown=False),
        Column("last_seen", _("Last seen"), kind="moment", shown=False),
        Column("created_at", _("Here since"), kind="date", shown=False),
    )
    orders = (Order("last_name", _("By last name")),)
    filterset_class = PeopleFilter
    searchable = True
    search_hint = _("Name, e-mail or job title")
    bulk = (
        BulkAction("place", _("Move to a department"), icon="sitemap", permission=MANAGE, form=BulkDepartmentForm),
        BulkAction("role", _("Change the role"), icon="shield", permission=MANAGE, form=BulkRoleForm),
        BulkAction(
            "deactivate",
            _("Deactivate"),
            icon="user-off",
            tone="danger",
            permission=MANAGE,
            confirm=_("They are signed out everywhere at once; their records stay."),
        ),
        BulkAction("reactivate", _("Reactivate"), icon="user-check", permission=MANAGE),
    )
    export_permission = MANAGE
    export_name = "people"
    live = "list:people.person"
    empty = Empty(
        icon="users",
        title=_("Nobody here yet"),
        text=_("Invite colleagues by their e-mail addresses."),
        url_name="people:invite",
        action=_("Invite"),
        permission="people.person.invite",
    )

    def rows(self) -> QuerySet[Any, User]:
        return visible_people(self.actor)

    def search(self, rows: QuerySet[Any, User], text: str) -> QuerySet[Any, User]:
        return matching(cast(UserQuerySet, rows), text)

    def url_of(self, row: User) -> str:
        return reverse("people:person", args=[row.pk])

    def extra_context(self) -> dict[str, Any]:
        return {"may_invite": may(self.actor, "people.person.invite")}

    def bulk_place(self, rows: UserQuerySet, form: BulkDepartmentForm) -> int:
        return place_people(actor=me(self.request), people=rows, department=form.chosen_department)

    def bulk_role(self, rows: UserQuerySet, form: BulkRoleForm) -> int:
        return change_roles(actor=me(self.request), people=rows, role=form.chosen_role)

    def bulk_deactivate(self, rows: UserQuerySet, form: None) -> int:
        return deactivate_people(actor=me(self.request), people=rows)

    def bulk_reactivate(self, rows: UserQuerySet, form: None) -> int:
        return reactivate_people(actor=me(self.request), people=rows)


directory = screen("people.person.view", methods=("GET", "POST"))(Directory.as_view())
