"""What a new owner is asked first, and the way to the first real result."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.registry import registry
from infra.ui.context import address
from infra.ui.domain.menu import arrange_menu
from infra.ui.domain.preferences import preference, set_preference
from infra.ui.views.start import KEY as START
from modules.crm import public as crm
from modules.sites import public as sites
from saas.settings.apps import MODULES
from tenants.people.domain.invitation import addresses_in
from tenants.people.models import Role, User
from tenants.people.public import built_in_role, invite_people

KEY = "first_steps"


def modules_on_offer() -> list[str]:
    """Slugs of the modules that a company may or may not use."""
    return [package.rpartition(".")[2] for package in MODULES]


@transaction.atomic
def take_first_steps(*, actor: User, about: str, uses: Collection[str], invite: str) -> int:
    """Shape the portal by the owner's answers; how many people were invited.

    Menu and start page keep what will be used; the rest stays under "More". Where sites are used, a first one is
    prepared with `about` as its opening words, unpublished. Raises Denied, Invalid, LimitReached, ReadOnly; then
    nothing changed.
    """
    unused = set(modules_on_offer()) - set(uses)
    arrange_menu(
        actor=actor,
        order=[entry.key for entry in registry.nav],
        hidden=[entry.key for entry in registry.nav if entry.key.partition(".")[0] in unused],
    )
    hidden = [widget.key for widget in registry.widgets if widget.key.partition(".")[0] in unused]
    set_preference(
        actor=actor, key=START, value={"order": [widget.key for widget in registry.widgets], "hidden": hidden}
    )
    if "sites" in uses:
        portal = current_portal()
        sites.prepare_first_site(actor=actor, name=portal.name, slug=portal.slug, about=about.strip())
    invited = 0
    if emails := addresses_in(invite):
        role = built_in_role(Role.Base.EMPLOYEE)
        invited = len(invite_people(actor=actor, emails=emails, role=role, locale=get_language() or "").sent)
    set_preference(actor=actor, key=KEY, value={"answered": True})
    return invited


def skip_first_steps(*, actor: User) -> None:
    """Do not ask again; the checklist stays until its end."""
    set_preference(actor=actor, key=KEY, value={"answered": True})


def close_checklist(*, actor: User) -> None:
    """Take the checklist off the start page."""
    set_preference(actor=actor, key=KEY, value={"answered": True, "closed": True})


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the checklist."""

    title: str
    text: str
    url: str
    done: bool


def checklist(actor: User) -> list[Step]:
    """The steps to the first real result; empty once all are done, or the person closed it."""
    kept = preference(actor, KEY, {})
    if kept.get("closed"):
        return []
    steps = [
        Step(
            title=_("Say what you do"),
            text=_("Three questions; menu and first page follow from the answers."),
            url=address("signup:first_steps"),
            done=bool(kept.get("answered")),
        ),
        Step(
            title=_("Publish a page with a form"),
            text=_("A first page is prepared. Read it, change what you like, publish."),
            url=address("sites:sites"),
            done=gates.usage("sites.published").used > 0,
        ),
        Step(
            title=_("Get the first lead"),
            text=_("Open your page, send its form as a visitor would, and watch the lead arrive."),
            url=address("sites:sites"),
            done=crm.has_leads(),
        ),
        Step(
            title=_("Invite a colleague"),
            text=_("Two see more than one. On a free plan twelve people take part."),
            url=address("people:invite"),
            done=gates.usage("people.seats").used > 1,
        ),
    ]
    return [] if all(step.done for step in steps) else steps
