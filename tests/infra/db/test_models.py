"""Rows and querysets stay in the portal they came from."""

from __future__ import annotations

import pytest
from django import forms

from infra.db.current import enter
from infra.db.errors import WrongSchema
from infra.db.models import schema_of
from infra.kit.errors import NoPortal
from tenants.people.models import Department, Role, User
from tenants.portals.models import Portal


def names(portal: Portal) -> list[str]:
    with enter(portal):
        return sorted(User.objects.values_list("email", flat=True))


# promise 8
def test_row_is_saved_only_where_it_came_from(acme: Portal, globex: Portal, alice: User) -> None:
    before = names(globex)
    assert schema_of(alice) == acme.schema_name
    alice.first_name = "Mallory"
    with enter(globex):
        for change in (alice.save, alice.delete, alice.refresh_from_db):
            with pytest.raises(WrongSchema):
                change()
        with pytest.raises(WrongSchema):
            User.objects.bulk_update([alice], ["first_name"])
        with pytest.raises(WrongSchema):
            User.objects.bulk_create([alice])
    assert names(globex) == before
    with enter(globex):
        assert not User.objects.filter(first_name="Mallory").exists()


# promise 8
def test_row_follows_no_key_into_another_portal(acme: Portal, globex: Portal, alice: User) -> None:
    with enter(acme):
        person = User.objects.get(pk=alice.pk)
        role = Role.objects.get(pk=person.role_id)
    with enter(globex):
        with pytest.raises(WrongSchema):
            _ = person.role
        with pytest.raises(WrongSchema):
            list(role.people.all())


# promise 8
def test_queryset_is_evaluated_only_where_it_was_made(acme: Portal, globex: Portal) -> None:
    with enter(acme):
        rows = User.objects.filter(is_active=True)
        evaluated = User.objects.order_by("pk")
        assert len(evaluated) == 4
    with enter(globex):
        evaluations = (
            lambda: list(rows),
            rows.count,
            rows.exists,
            rows.first,
            rows.delete,
            lambda: rows.update(is_active=False),
            lambda: rows.filter(pk=1).get(),
            lambda: rows.create(email="x@example.com", first_name="X", role_id=1),
            lambda: list(rows.iterator()),
            lambda: rows.aggregate(),
            lambda: list(evaluated),
            lambda: evaluated[0],
            lambda: list(rows.raw("SELECT * FROM people_user")),
        )
        for evaluate in evaluations:
            with pytest.raises(WrongSchema):
                evaluate()
        assert User.objects.filter(is_active=True).count() == 4
    assert len(names(acme)) == 4


# promise 8
def test_queryset_made_outside_belongs_to_who_evaluates_it_first(acme: Portal, globex: Portal) -> None:
    class Choose(forms.Form):
        person = forms.ModelChoiceField(queryset=User.objects.all())

    loose = User.objects.order_by("pk")
    for portal in (acme, globex):
        with enter(portal):
            assert len(Choose().fields["person"].queryset) == 4
            assert sorted(loose.all().values_list("email", flat=True)) == names(portal)
    with enter(acme):
        assert len(loose) == 4
    with enter(globex), pytest.raises(WrongSchema):
        list(loose)
    with pytest.raises(NoPortal):
        list(loose)


def test_version_grows_with_every_save(portal: Portal) -> None:
    department = Department.objects.create(name="Sales")
    assert department.version == 1
    before = department.updated_at
    department.name = "Sales and service"
    department.save(update_fields=["name"])
    stored = Department.objects.get(pk=department.pk)
    assert (stored.version, stored.name) == (2, "Sales and service")
    assert stored.updated_at > before
