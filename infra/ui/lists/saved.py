"""Saved views of a list, and the columns a person chose."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Denied, Invalid, NotFound
from infra.ui.domain.preferences import preference, set_preference
from infra.ui.models import SavedView

LONGEST_NAME = 80
MOST = 50


def views_of(actor: Actor, screen: str) -> list[SavedView]:
    """The person's own views of the list and those shared with them, by name."""
    rows = SavedView.objects.filter(screen=screen).filter(Q(author_id=actor.id) | Q(shared=True))
    return list(rows.order_by("name", "id")[:MOST])


def save_view(*, actor: Actor, screen: str, name: str, query: str, columns: Sequence[str], shared: bool) -> SavedView:
    """Keep a view under `name`; the same name again replaces the person's own. Raises Invalid."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        text = _("Give it a name of at most %(n)d characters.") % {"n": LONGEST_NAME}
        raise Invalid(text, fields={"name": [text]})
    view, _created = SavedView.objects.update_or_create(
        screen=screen,
        author_id=actor.id,
        name=name,
        defaults={"query": query[:4000], "columns": list(columns), "shared": shared},
    )
    return view


def delete_view(*, actor: Actor, screen: str, view_id: int) -> None:
    """Remove one's own view. Raises NotFound, Denied when it is somebody else's."""
    view = SavedView.objects.filter(Q(author_id=actor.id) | Q(shared=True), screen=screen, pk=view_id).first()
    if view is None:
        raise NotFound
    if view.author_id != actor.id:
        raise Denied(_("Only who saved this view can remove it."))
    view.delete()


def chosen_columns(actor: Actor, screen: str) -> list[str]:
    """Keys of the columns the person chose, in order; empty = as the list comes."""
    return list(preference(actor, f"list:{screen}", {}).get("columns", []))


def choose_columns(*, actor: Actor, screen: str, keys: Sequence[str]) -> None:
    """Keep the person's columns; none = as the list comes."""
    set_preference(actor=actor, key=f"list:{screen}", value={"columns": list(keys)} if keys else None)
