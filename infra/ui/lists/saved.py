"""Saved views of a list, and the columns a person chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from infra import audit
from infra.db.prepared import Prepared
from infra.kit import gates
from infra.kit.access import Actor, may
from infra.kit.errors import Denied, Invalid, NotFound
from infra.ui.domain.preferences import preference, set_preference
from infra.ui.lists.filters import OWN
from infra.ui.lists.places import places_for
from infra.ui.models import SavedView

MANAGE = "ui.view.manage"
LONGEST_NAME, LONGEST_QUERY, MOST_COLUMNS = 80, 4_000, 300
MOST = 50
_OF_THE_MOMENT = OWN - {"q", "order"}


def views_for(actor: Actor) -> QuerySet[SavedView]:
    """The person's own views and those that are shared, of lists that the person may open."""
    rows = SavedView.objects.filter(screen__in=places_for(actor))
    return rows.filter(Q(author_id=actor.id) | Q(shared=True))


def views_of(actor: Actor, screen: str) -> list[SavedView]:
    """The views on offer above a list that is open: the person's own, and those shared by others; by name."""
    return sorted(_OFFERED.found(screen, actor.id or 0), key=lambda view: (view.name, view.pk))


def _offered(screen: str, person: int) -> QuerySet[SavedView]:
    rows: QuerySet[SavedView] = SavedView.objects.filter(screen=screen).order_by("name", "id")
    return rows.filter(author_id=person)[:MOST].union(rows.filter(shared=True).exclude(author_id=person)[:MOST])


_OFFERED = Prepared(_offered)


def access_view(actor: Actor, view_id: int) -> SavedView:
    """A view that the person may use. Raises NotFound."""
    view = views_for(actor).filter(pk=view_id).first()
    if view is None:
        raise NotFound
    return view


def save_view(
    *, actor: Actor, screen: str, name: str, query: str, columns: Sequence[str] = (), shared: bool = False
) -> SavedView:
    """Keep a view under `name`; the same name again replaces the person's own. Raises Invalid, ReadOnly."""
    gates.require_writable()
    if screen not in places_for(actor):
        raise Invalid(fields={"list": [_("Choose one of the list.")]})
    values = _checked({"name": name, "query": query, "columns": columns, "shared": shared})
    with transaction.atomic():
        own = SavedView.objects.select_for_update().filter(screen=screen, author_id=actor.id)
        view = own.filter(name=values["name"]).first()
        if view is None:
            if own.count() >= MOST:
                raise Invalid(_("At most %(n)d views of a list are kept. Remove one first.") % {"n": MOST})
            view = SavedView(screen=screen, author_id=actor.id)
        _write(actor, view, values)
    return view


def change_view(*, actor: Actor, view: SavedView, changes: Mapping[str, Any]) -> SavedView:
    """Change what is named of a view: name, query, columns, shared. One's own, or with the right to it one that others
    share. Raises Denied, Invalid, NotFound, ReadOnly."""
    gates.require_writable()
    values = _checked(changes)
    with transaction.atomic():
        row = _changeable(actor, view)
        twins = SavedView.objects.filter(screen=row.screen, author_id=row.author_id, name=values.get("name", row.name))
        if row.author_id is not None and twins.exclude(pk=row.pk).exists():
            raise Invalid(fields={"name": [_("A view of this list has this name already.")]})
        _write(actor, row, values)
    return row


def delete_view(*, actor: Actor, view: SavedView) -> None:
    """Remove a view: one's own, or with the right to it one that others share. Raises Denied, NotFound, ReadOnly."""
    gates.require_writable()
    with transaction.atomic():
        row = _changeable(actor, view)
        if row.shared:
            audit.record(actor, "view.delete", None, note=f"{row.screen}: {row.name}")
        row.delete()


def may_change(actor: Actor, view: SavedView) -> bool:
    """Whether the person may change or remove the view."""
    return (view.author_id == actor.id and actor.id is not None) or (view.shared and may(actor, MANAGE))


def _changeable(actor: Actor, view: SavedView) -> SavedView:
    row = SavedView.objects.select_for_update().filter(pk=view.pk).first()
    if row is None:
        raise NotFound
    if not may_change(actor, row):
        raise Denied(_("Only who saved this view can change or remove it."), permission=MANAGE)
    return row


def _write(actor: Actor, view: SavedView, values: Mapping[str, Any]) -> None:
    """What others see of it stands in the audit log; what one keeps for oneself is nobody's matter."""
    told = view.shared or values.get("shared", False)
    for name, value in values.items():
        setattr(view, name, value)
    view.save()
    if told:
        audit.record(actor, "view.save", None, note=f"{view.screen}: {view.name}")


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(given)
    wrong: dict[str, list[str]] = {}
    if "name" in values:
        values["name"] = " ".join(str(values["name"]).split())
        if not values["name"] or len(values["name"]) > LONGEST_NAME or "\0" in values["name"]:
            wrong["name"] = [_("Give it a name of at most %(n)d characters.") % {"n": LONGEST_NAME}]
    if "query" in values:
        values["query"] = _kept(str(values["query"]))
        if len(values["query"]) > LONGEST_QUERY:
            wrong["query"] = [_("This view has too many conditions to be kept.")]
    if "columns" in values:
        values["columns"] = list(dict.fromkeys(values["columns"]))
        if len(values["columns"]) > MOST_COLUMNS or any("\0" in key or len(key) > 60 for key in values["columns"]):
            wrong["columns"] = [_("Choose among the columns of the list.")]
    if wrong:
        raise Invalid(" ".join(text for texts in wrong.values() for text in texts), fields=wrong)
    return values


def _kept(query: str) -> str:
    """The address of a list without what is only of the moment."""
    values = QueryDict(query.removeprefix("?").replace("%00", "").replace("\0", ""), mutable=True)
    for name in _OF_THE_MOMENT & set(values):
        del values[name]
    return values.urlencode()


def chosen_columns(actor: Actor, screen: str) -> list[str]:
    """Keys of the columns the person chose, in order; empty = as the list comes."""
    return list(preference(actor, f"list:{screen}", {}).get("columns", []))


def choose_columns(*, actor: Actor, screen: str, keys: Sequence[str]) -> None:
    """Keep the person's columns; none = as the list comes."""
    set_preference(actor=actor, key=f"list:{screen}", value={"columns": list(keys)} if keys else None)
