"""The first steps in a new portal, and the checklist on its start page."""

from collections.abc import Callable

from django.test import Client

from infra.db.current import enter
from infra.ui.domain.menu import hidden_keys
from modules.sites.models import Page, Site
from tenants.people.models import Invitation, User
from tenants.portals.models import Portal

As = Callable[[User], Client]


def test_the_answers_shape_menu_first_site_and_invitations(as_: As, alice: User, acme: Portal) -> None:
    with enter(acme):
        Site.objects.all().delete()
    answer = as_(alice).post(
        "/first-steps/",
        {"about": "We bake bread before you wake up.", "uses": ["sites"], "invite": "ben@acme.example, not-a-mail"},
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")
    with enter(acme):
        assert "crm.leads" in hidden_keys(alice)
        assert "We bake bread before you wake up." in Page.objects.get(site=Site.objects.get(), path="").html
        assert Invitation.objects.filter(email="ben@acme.example").count() == 1


def test_the_checklist_stays_until_it_is_hidden(as_: As, alice: User, bob: User) -> None:
    owner = as_(alice)
    assert "Get the first lead" in owner.get("/").content.decode()
    assert "Get the first lead" not in as_(bob).get("/").content.decode()

    owner.post("/first-steps/", {"skip": "1"})
    assert "Get the first lead" in owner.get("/").content.decode()
    owner.post("/first-steps/close/")
    assert "Get the first lead" not in owner.get("/").content.decode()


def test_colleagues_without_the_right_are_not_asked(as_: As, bob: User) -> None:
    assert as_(bob).get("/first-steps/").status_code == 403
