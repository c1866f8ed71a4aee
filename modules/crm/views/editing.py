"""Changes made on a record's card."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.screens import screen
from infra.ui import panels
from infra.ui.forms import form_errors
from modules.crm.domain import shaping
from modules.crm.domain.access import access, access_deleted, access_stage, may_do
from modules.crm.domain.activity import comment_on
from modules.crm.domain.field_rights import levels
from modules.crm.domain.fields import Field, Type
from modules.crm.domain.files import keep_upload
from modules.crm.domain.kinds import Kind, fields_of, kind_named
from modules.crm.domain.layout import layout_for
from modules.crm.domain.mentions import colleagues_for, unseeing
from modules.crm.domain.record import (
    assign_record,
    delete_record,
    edit_record,
    move_record,
    restore_record,
)
from modules.crm.domain.selling.parties import PARTIES
from modules.crm.domain.showing import names_for, plain
from modules.crm.domain.watching import stop_watching, watch
from modules.crm.record_forms import RecordForm, only
from modules.crm.views.asking import actor_of, number_of, optional_number, version_of


def watching(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Watch a record, or with `stop` no longer; whoever then sees it no more is led to the list."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    if not request.POST.get("stop"):
        watch(actor=actor, record=record)
        return panels.refresh(request, toast=_("You hear what happens to it."), fallback=_card(kind, record_id))
    record = stop_watching(actor=actor, record=record)
    if not may_do(actor, kind.permission("view"), record):
        return panels.close(request, toast=_("You no longer watch it."), fallback=kind.url())
    return panels.refresh(request, toast=_("You no longer watch it."), fallback=_card(kind, record_id))


def _card(kind: Kind, record_id: int) -> str:
    return kind.url("card", record_id)


def edit(request: HttpRequest, kind: Kind, record_id: int, part: str) -> HttpResponse:
    """A field or a section of the card as a form in place; saved, the card shows itself again.

    Each field carries the fingerprint of the value that was shown: what somebody else changed meanwhile is shown beside
    what was typed, and nothing is lost.
    """
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    items = _part(request, kind, part)
    state = shaping.state_of(kind, record, {item.key: item for item in items})
    prints = {item.key: shaping.fingerprint(state.get(item.key)) for item in items}
    form = RecordForm(request.POST or None, request.FILES or None, items=items, initial=dict(state))
    for key in PARTIES & set(form.fields):
        form.fields[key].widget.near = record.company_id
    theirs: list[dict[str, Any]] = []
    if request.method == "POST" and form.is_valid():
        seen = {key: request.POST.get(f"seen_{key}", "") for key in prints}
        try:
            changes = {**form.given(), **_uploads(request, record, items, state)}
            edit_record(
                actor=actor,
                record=record,
                changes=changes,
                version=version_of(request),
                seen={key: print_ for key, print_ in seen.items() if print_},
            )
        except Invalid as error:
            form_errors(form, error)
        except Conflict as error:
            if error.code != "edited_meanwhile":
                raise
            form.add_error(None, str(error))
            theirs = _theirs(items, state, error.extra["stale"], record)
        else:
            return panels.refresh(request, toast=_("Saved."), fallback=_card(kind, record_id))
    context = {
        "record": record,
        "kind": kind,
        "form": form,
        "part": part,
        "prints": prints,
        "theirs": theirs,
        "files": [item for item in items if item.type == Type.FILE],
        "edit_url": kind.url("edit", record.pk, part),
        "card_url": _card(kind, record.pk),
        "inside": bool(request.headers.get("HX-Request")),
    }
    template = "crm/parts/edit.html" if context["inside"] else "crm/edit.html"
    status = 409 if theirs else 422 if form.errors else 200
    return render(request, template, context, status=status)


def _part(request: HttpRequest, kind: Kind, part: str) -> list[Field]:
    closed = levels(actor_of(request), kind)
    items = [item for item in fields_of(kind) if item.key not in closed and item.settable]
    found = only(items, [part])
    if found and part == "amount":  # its currency is changed with it
        found = only(items, [part, "currency"])
    if found:
        return found
    sections = layout_for(actor_of(request), kind, items)
    for place, section in enumerate(sections):
        if part in (section.key, f"s{place}"):
            found = only(items, section.fields)
            if found:
                return found
    raise NotFound


def _uploads(request: HttpRequest, record: Any, items: list[Field], state: dict[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for item in items:
        if item.type != Type.FILE:
            continue
        value = state.get(item.key)
        kept = [pk for pk in (value if isinstance(value, list) else [value]) if pk]
        gone = set(request.POST.getlist(f"{item.key}_gone"))
        kept = [pk for pk in kept if str(pk) not in gone]
        new = [
            keep_upload(actor=actor_of(request), record=record, upload=upload).pk
            for upload in request.FILES.getlist(item.key)
        ]
        changes[item.key] = [*kept, *new] if item.multiple else (new or kept or [None])[0]
    return changes


def _theirs(items: list[Field], state: dict[str, Any], stale: list[str], record: Any) -> list[dict[str, Any]]:
    changed = [item for item in items if item.key in stale]
    pairs = [(item, _ids(state.get(item.key))) for item in changed]
    names = names_for(pairs)
    currency = getattr(record, "currency", "")
    return [{"title": item.title, "value": plain(item, value, names, currency)} for item, value in pairs]


def _ids(value: Any) -> Any:
    if isinstance(value, list) and value and isinstance(value[0], dict) and "company" in value[0]:
        return [row["company"] for row in value]
    return value


def move(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """To another stage; what the stage wants filled in may come along."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    lost, _colon, chosen = request.POST.get("lost", "").partition(":")
    reason = optional_number(chosen)
    stage_id = optional_number(lost) if lost else number_of(request, "stage")
    stage = access_stage(stage_id or 0, kind)
    move_record(actor=actor, record=record, stage=stage, version=version_of(request), lost_reason_id=reason)
    toast = _("Now in “%(stage)s”.") % {"stage": stage.title}
    return panels.refresh(request, toast=toast, fallback=_card(kind, record_id))


def assign(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """To another person."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    person_id = number_of(request, "responsible")
    changed = assign_record(actor=actor, record=record, responsible_id=person_id, version=version_of(request))
    who = changed.responsible.display_name if changed.responsible else ""
    toast = _("%(who)s is responsible now.") % {"who": who}
    try:
        access(actor, kind, record_id)
    except NotFound:
        return panels.close(request, toast=toast, fallback=kind.url())
    return panels.refresh(request, toast=toast, fallback=_card(kind, record_id))


def comment(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """A comment on the timeline, with files."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    text = request.POST.get("text", "")
    comment_on(actor=actor, record=record, text=text, uploads=request.FILES.getlist("files"))
    blind = ", ".join(person.display_name for person in unseeing(record, text))
    words = _("May not see this record, so was not told: %(who)s.") % {"who": blind} if blind else ""
    return panels.refresh(request, toast=words, fallback=_card(kind, record_id))


@screen(None)
def colleagues(request: HttpRequest, kind_key: str, record_id: int) -> HttpResponse:
    """Whom a comment can mention while @ and a name are typed: those who may see the record."""
    record = access(actor_of(request), kind_named(kind_key), record_id)
    found = colleagues_for(record, request.GET.get("q", "")[:60])
    names = Counter(person.display_name for person in found)
    options = [
        {
            "person": person,
            "insert": f"@{person.display_name}" if names[person.display_name] == 1 else f"@[{person.pk}]",
        }
        for person in found
    ]
    return render(request, "crm/parts/colleagues.html", {"options": options})


def delete(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Into the trash."""
    actor = actor_of(request)
    record = access(actor, kind, record_id)
    delete_record(actor=actor, record=record, version=version_of(request))
    toast = _("“%(title)s” is in the trash for 30 days.") % {"title": str(record)}
    return panels.close(request, toast=toast, fallback=kind.url())


def restore(request: HttpRequest, kind: Kind, record_id: int) -> HttpResponse:
    """Out of the trash."""
    actor = actor_of(request)
    record = restore_record(actor=actor, record=access_deleted(actor, kind, record_id))
    toast = _("“%(title)s” is back.") % {"title": str(record)}
    return panels.refresh(request, toast=toast, fallback=kind.url("trash"))
