"""Verbs of forms, and the design of a form as visitors see it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.adapters.storage import get_storage, portal_key, random_name
from infra.db import changes
from infra.db.current import portal_schema
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from modules.sites.domain import attachments
from modules.sites.domain.access import MANAGE, ref_of
from modules.sites.domain.destination import Destination, parse_destination
from modules.sites.domain.fields import Field, parse_fields
from modules.sites.domain.letter import Letter, parse_letter
from modules.sites.domain.markup import many_lines, one_line
from modules.sites.models import Form, Site

MOST_ORIGINS = 20
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_REDIRECT = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?")


@dataclass(frozen=True, kw_only=True)
class FormDesign:
    """A form exactly as published: what is asked, what is said afterwards, who gets the lead, who may embed it."""

    id: int
    name: str
    fields: tuple[Field, ...]
    submit_label: str
    thank_you: str
    redirect_url: str
    responsible_id: int | None
    origins: tuple[str, ...]
    popup: dict[str, Any] = field(default_factory=dict)
    destination: Destination = field(default_factory=Destination)
    letter: Letter = field(default_factory=Letter)
    file_key: str = ""
    file_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """The design as JSON; ``from_json`` gives an equal one back."""
        return {
            "id": self.id,
            "name": self.name,
            "fields": [item.to_json() for item in self.fields],
            "submit_label": self.submit_label,
            "thank_you": self.thank_you,
            "redirect_url": self.redirect_url,
            "responsible_id": self.responsible_id,
            "origins": list(self.origins),
            "popup": self.popup,
            "destination": self.destination.to_json(),
            "letter": self.letter.to_json(),
            "file_key": self.file_key,
            "file_name": self.file_name,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FormDesign:
        """The design that ``to_json`` wrote."""
        fields = tuple(Field.from_json(item) for item in value["fields"])
        return cls(
            **{
                **value,
                "fields": fields,
                "origins": tuple(value["origins"]),
                "destination": Destination.from_json(value.get("destination", {})),
                "letter": Letter.from_json(value.get("letter", {})),
            }
        )


def design_of(form: Form) -> FormDesign:
    """How ``form`` would look if it were published now."""
    return FormDesign(
        id=form.pk,
        name=form.name,
        fields=tuple(Field.from_json(item) for item in form.fields),
        submit_label=form.submit_label,
        thank_you=form.thank_you,
        redirect_url=form.redirect_url,
        responsible_id=form.responsible_id,
        origins=tuple(form.origins),
        popup=form.popup,
        destination=Destination.from_json(form.destination),
        letter=Letter.from_json(form.letter),
        file_key=form.file_key,
        file_name=form.file_name,
    )


def add_form(*, actor: Actor, site: Site, name: str, fields: Sequence[Any]) -> Form:
    """A new form of a site. Raises Denied, ReadOnly, Invalid."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = _checked(
        name=name,
        fields=fields,
        submit_label=_("Send"),
        thank_you=_("Thank you. We will answer soon."),
        redirect_url="",
        origins=(),
    )
    with transaction.atomic():
        form = Form.objects.create(site=site, destination=Destination(join=True).to_json(), **values)
        audit.record(actor, action="form.add", ref=ref_of(form), changes={"name": (None, form.name)})
    return form


def design_form(
    *,
    actor: Actor,
    form: Form,
    version: int,
    name: str,
    fields: Sequence[Any],
    submit_label: str,
    thank_you: str,
    redirect_url: str = "",
    responsible_id: int | None = None,
    origins: Sequence[str] = (),
    popup: Mapping[str, str] | None = None,
    destination: Mapping[str, Any] | None = None,
    letter: Mapping[str, Any] | None = None,
) -> Form:
    """Replace what a form asks and does; visitors see it after the next publishing.

    ``popup`` is {"when": "time" | "scroll" | "leave" | "", "value", "title"}. ``origins`` are addresses like
    ``https://www.example.com`` that may show the form in a frame. ``destination`` and ``letter`` are
    what ``parse_destination`` and ``parse_letter`` take. Raises Denied, ReadOnly, Invalid (nothing is saved
    then), Conflict when somebody saved after ``version``.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = _checked(
        name=name,
        fields=fields,
        submit_label=submit_label,
        thank_you=thank_you,
        redirect_url=redirect_url,
        origins=origins,
    )
    if popup is not None:
        values["popup"] = _checked_popup(popup)
    if destination is not None:
        values["destination"] = parse_destination(destination, [row["key"] for row in values["fields"]]).to_json()
    if letter is not None or form.letter:
        given = form.letter if letter is None else letter
        values["letter"] = parse_letter(given, [row["kind"] for row in values["fields"]]).to_json()
    if (
        responsible_id is not None
        and not get_user_model()._default_manager.filter(pk=responsible_id, is_active=True).exists()
    ):
        raise Invalid(fields={"responsible": [_("Choose someone who works in this portal.")]})
    values["responsible_id"] = responsible_id
    with transaction.atomic():
        locked = Form.objects.select_for_update().get(pk=form.pk)
        if locked.version != version:
            raise Conflict
        changes = {key: (getattr(locked, key), value) for key, value in values.items() if getattr(locked, key) != value}
        if changes:
            for key, value in values.items():
                setattr(locked, key, value)
            locked.save()
            audit.record(actor, action="form.design", ref=ref_of(locked), changes=changes)
    return locked


def hand_out(*, actor: Actor, form: Form, file: UploadedFile | None) -> None:
    """Give ``file`` to whoever has sent the form, from the next publishing on; None takes it back.

    A file handed out before stays stored as long as a published version hands it out. Raises Denied, ReadOnly, Invalid,
    LimitReached (disk).
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    name = attachments.name_of({"file": file}, "file") if file else ""
    if file is not None and (fault := attachments.problem({"file": file}, "file")):
        raise Invalid(fields={"file": [fault]})
    with transaction.atomic():
        locked = Form.objects.select_for_update().get(pk=form.pk)
        if locked.file_size:
            gates.release("portals.disk_bytes", locked.file_size)
        key, size = "", 0
        if file is not None:
            gates.reserve("portals.disk_bytes", file.size or 0)
            stored = get_storage().put(
                portal_key(f"sites/handed/{random_name()}"), cast(BinaryIO, file.file), "application/octet-stream"
            )
            key, size = stored.key, stored.size
        changes = {"file": (locked.file_name, name)}
        locked.file_key, locked.file_name, locked.file_size = key, name[:120], size
        locked.save()
        audit.record(actor, action="form.design", ref=ref_of(locked), changes=changes)


def delete_form(*, actor: Actor, form: Form) -> None:
    """Remove a form; what visitors sent through it is kept. Raises Denied, ReadOnly, Conflict while a page shows it."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    for page in form.site.pages.all():
        if f'data-form="{form.public_id}"' in page.html:
            raise Conflict(
                _("The page “%(page)s” shows this form. Remove it there first.") % {"page": page.title}, code="in_use"
            )
    with transaction.atomic():
        audit.record(actor, action="form.delete", ref=ref_of(form), changes={"name": (form.name, None)})
        form.delete()
        changes.announce(portal_schema())  # processes remember published forms


def _checked_popup(given: Mapping[str, str]) -> dict[str, Any]:
    """When the form opens by itself: {} for never. Raises Invalid."""
    when, value = given.get("when", ""), str(given.get("value", "")).strip() or "0"
    if not when:
        return {}
    most = {"time": 3600, "scroll": 100, "leave": 0}
    if when not in most or not value.isdecimal() or (when != "leave" and not 1 <= int(value) <= most[when]):
        raise Invalid(fields={"popup": [_("Give 1 to 3,600 seconds, or 1 to 100 percent of the page.")]})
    return {"when": when, "value": int(value), "title": one_line(str(given.get("title", "")))[:120]}


def _checked(
    *, name: str, fields: Sequence[Any], submit_label: str, thank_you: str, redirect_url: str, origins: Sequence[str]
) -> dict[str, Any]:
    name, submit_label, thank_you = one_line(name), one_line(submit_label), many_lines(thank_you)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= 120:
        errors["name"] = [_("Give the form a name of at most 120 characters.")]
    if not 1 <= len(submit_label) <= 60:
        errors["submit_label"] = [_("Write on the button what happens, in at most 60 characters.")]
    if not 1 <= len(thank_you) <= 1000:
        errors["thank_you"] = [_("Say thank you in at most 1,000 characters.")]
    if redirect_url and (len(redirect_url) > 500 or not _REDIRECT.fullmatch(redirect_url)):
        errors["redirect_url"] = [_("Write a full address: https://…")]
    clean_origins = tuple(dict.fromkeys(origin.strip().lower().rstrip("/") for origin in origins if origin.strip()))
    if len(clean_origins) > MOST_ORIGINS or not all(_ORIGIN.fullmatch(origin) for origin in clean_origins):
        errors["origins"] = [
            _("One address a line, like https://www.example.com, at most %(count)d.") % {"count": MOST_ORIGINS}
        ]
    parsed: tuple[Field, ...] = ()
    try:
        parsed = parse_fields(fields)
    except Invalid as error:
        errors.update(error.fields)
    if errors:
        raise Invalid(fields=errors)
    return {
        "name": name,
        "fields": [item.to_json() for item in parsed],
        "submit_label": submit_label,
        "thank_you": thank_you,
        "redirect_url": redirect_url,
        "origins": list(clean_origins),
    }
