"""Screens of forms: the designer with its preview, and how to put a form into another site."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from io import BytesIO
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.access import Actor, may
from infra.kit.errors import Invalid, PortalError
from infra.kit.numbers import whole_number
from infra.kit.screens import screen
from infra.ui.forms import form_errors
from infra.ui.toasts import toast
from modules.sites.contracts import Question
from modules.sites.domain import destination, embedding, form_drawing, hosts, publishing, rendering
from modules.sites.domain.access import MANAGE, VIEW, access_form, access_site
from modules.sites.domain.fields import KINDS, parse_fields
from modules.sites.domain.form import add_form, delete_form, design_form, design_of, hand_out
from modules.sites.domain.form_drawing import form_context
from modules.sites.domain.presets import contact_fields
from modules.sites.forms import NewFormForm, people_choices
from modules.sites.models import Form
from modules.sites.views.builder import draft_response
from modules.sites.views.editing import RowKind, Rows, apply, read_rows

_KINDS = {
    "name": RowKind(title=KINDS["name"], icon="user"),
    "phone": RowKind(title=KINDS["phone"], icon="phone"),
    "email": RowKind(title=KINDS["email"], icon="mail"),
    "text": RowKind(title=KINDS["text"], icon="cursor-text"),
    "long": RowKind(title=KINDS["long"], icon="align-left"),
    "number": RowKind(title=KINDS["number"], icon="hash"),
    "date": RowKind(title=KINDS["date"], icon="calendar"),
    "choice": RowKind(title=KINDS["choice"], icon="list"),
    "several": RowKind(title=KINDS["several"], icon="list-check"),
    "rating": RowKind(title=KINDS["rating"], icon="star"),
    "address": RowKind(title=KINDS["address"], icon="map-pin"),
    "file": RowKind(title=KINDS["file"], icon="paperclip"),
    "consent": RowKind(title=KINDS["consent"], icon="checkbox"),
    "step": RowKind(title=KINDS["step"], icon="separator-horizontal"),
}
#: Questions that a rule of who is responsible may look at.
_RULED = {"choice", "several", "rating", "text", "number"}
_UNKNOWN = RowKind(title=gettext_lazy("Field"), icon="forms")
_HEAD = (
    "name", "submit_label", "thank_you", "redirect_url", "responsible", "origins", "version",
    "popup_when", "popup_value", "popup_title", "destination", "join", "letter_subject", "letter_text", "confirm",
)  # fmt: skip
_MORE = ("show_key", "show_value", "prefill", "country", "target")
#: Kinds of questions whose answers fit where answers of another kind belong.
_FITS = {"text": {"text", "name", "choice", "number", "date", "rating"}, "long": {"text", "long", "address", "several"}}


@screen(MANAGE, methods=("GET", "POST"))
def add(request: HttpRequest, site_id: int) -> HttpResponse:
    """A new form of a site, with the fields of a plain contact form."""
    actor = cast(Actor, request.user)
    site = access_site(actor, site_id)
    form = NewFormForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = add_form(actor=actor, site=site, name=form.cleaned_data["name"], fields=contact_fields())
        except PortalError as error:
            if not error.fields:
                raise
            form_errors(form, error)
        else:
            return redirect("sites:form", form_id=made.pk)
    context = {"form": form, "site": site, "heading": _("New form")}
    return render(request, "sites/add_part.html", context, status=422 if form.errors else 200)


@screen(VIEW, methods=("GET", "POST"))
def designer(request: HttpRequest, form_id: int) -> HttpResponse:
    """The form's questions and what happens after; POST carries out one operation or saves."""
    actor = cast(Actor, request.user)
    form = access_form(actor, form_id)
    if request.method != "POST":
        return _draw(request, form, _head_of(form), Rows(rows=[_row(value) for value in form.fields]), _rules_of(form))
    head = {name: request.POST.get(name, "") for name in _HEAD}
    state, rules = read_rows(request.POST, "f"), read_rows(request.POST, "r").rows
    if request.POST.get("op") == "draw":  # another destination has other fields
        state.changed = True
        return _draw(request, form, head, state, rules)
    try:
        if not apply(request.POST.get("op", "save"), state, _fresh(request.POST.get("question", ""))):
            form = _save(actor, form, head, state, rules)
            toast(request, _("Saved. Visitors see it after the next publishing."))
            if not request.headers.get("HX-Request"):
                return redirect("sites:form", form_id=form.pk)
            head, state, rules = _head_of(form), Rows(rows=[_row(value) for value in form.fields]), _rules_of(form)
    except Invalid as error:
        state.errors, state.changed = dict(error.fields), True
        return _draw(request, form, head, state, rules, status=422)
    return _draw(request, form, head, state, rules)


@screen(VIEW, methods=("POST",))
def preview(request: HttpRequest, form_id: int) -> HttpResponse:
    """What the designer holds, drawn as visitors would see it; stored nowhere."""
    form = access_form(cast(Actor, request.user), form_id)
    values = [value for row in read_rows(request.POST, "f").rows if (value := _value(row))["label"]]
    try:
        fields = parse_fields(values)
    except Invalid:
        fields = design_of(form).fields
    design = dataclasses.replace(
        design_of(form),
        name=request.POST.get("name", "")[:120],
        submit_label=request.POST.get("submit_label", "")[:60],
        fields=fields,
    )
    text = dataclasses.replace(publishing.site_text(form.site, 0), forms={form.public_id: design}, draft=True)
    return draft_response(rendering.render_form_page(text, form.public_id))


@screen(VIEW)
def embed(request: HttpRequest, form_id: int) -> HttpResponse:
    """Ways to use the form elsewhere, ready to copy."""
    form = access_form(cast(Actor, request.user), form_id)
    publication = form.site.publication
    context = {
        "form": form,
        "site": form.site,
        "published": bool(publication and form.public_id in publication.forms),
        **embedding.snippets(form, portal_url=request.build_absolute_uri("/").rstrip("/")),
    }
    return render(request, "sites/embed.html", context)


@screen(MANAGE, methods=("POST",))
def file(request: HttpRequest, form_id: int) -> HttpResponse:
    """The file that is handed to whoever has sent the form: another one, or none."""
    form = access_form(cast(Actor, request.user), form_id)
    given = request.FILES.get("file")
    hand_out(actor=cast(Actor, request.user), form=form, file=given if isinstance(given, UploadedFile) else None)
    toast(request, _("Saved. Visitors see it after the next publishing."))
    return redirect("sites:form", form_id=form.pk)


@screen(VIEW)
def qr(request: HttpRequest, form_id: int) -> HttpResponse:
    """The address of the form's own page as a QR code, to print."""
    import segno

    form = access_form(cast(Actor, request.user), form_id)
    out = BytesIO()
    segno.make(f"{hosts.address_of(form.site)}/_f/{form.public_id}", error="m").save(
        out, kind="svg", scale=8, border=2, svgclass=None, lineclass=None, light="#fff"
    )
    response = HttpResponse(out.getvalue(), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@screen(VIEW)
def part(request: HttpRequest, form_id: int) -> HttpResponse:
    """The form as it stands on a page, for the editor's canvas."""
    form = access_form(cast(Actor, request.user), form_id)
    with translation.override(form.site.language):
        context = {"form": form_context(form.public_id, design_of(form), 0)}
        return render(request, "sites/public/form.html", context)


@screen(MANAGE, methods=("POST",))
def delete(request: HttpRequest, form_id: int) -> HttpResponse:
    """Remove a form that no page shows."""
    actor = cast(Actor, request.user)
    form = access_form(actor, form_id)
    delete_form(actor=actor, form=form)
    toast(request, _("“%(form)s” is deleted. What visitors sent is kept.") % {"form": form.name})
    return redirect("sites:site", site_id=form.site_id)


def _choice(kind: str, pipeline_id: int | None) -> str:
    return f"{kind}:{pipeline_id or ''}"


def _rules_of(form: Form) -> list[dict[str, str]]:
    rules = design_of(form).destination.rules
    return [{"key": rule.key, "value": rule.value, "person_id": str(rule.person_id)} for rule in rules]


def _head_of(form: Form) -> dict[str, str]:
    design = design_of(form)
    return {
        "name": form.name,
        "submit_label": form.submit_label,
        "thank_you": form.thank_you,
        "redirect_url": form.redirect_url,
        "responsible": str(form.responsible_id or ""),
        "origins": "\n".join(form.origins),
        "version": str(form.version),
        "destination": _choice(design.destination.kind, design.destination.pipeline_id),
        "join": "on" if design.destination.join else "",
        "letter_subject": design.letter.subject,
        "letter_text": design.letter.text,
        "confirm": "on" if design.letter.confirm else "",
        **{f"popup_{name}": str(form.popup.get(name, "")) for name in ("when", "value", "title")},
    }


def _save(actor: Actor, form: Form, head: dict[str, str], state: Rows, rules: list[dict[str, str]]) -> Form:
    kind, _colon, pipeline_id = head["destination"].partition(":")
    return design_form(
        actor=actor,
        form=form,
        version=whole_number(head["version"]) or 0,
        name=head["name"],
        fields=[_value(row) for row in state.rows],
        submit_label=head["submit_label"],
        thank_you=head["thank_you"],
        redirect_url=head["redirect_url"].strip(),
        responsible_id=whole_number(head["responsible"]),
        origins=head["origins"].splitlines(),
        popup={name: head[f"popup_{name}"] for name in ("when", "value", "title")},
        destination={"kind": kind, "pipeline_id": pipeline_id, "join": head["join"], "rules": rules},
        letter={"subject": head["letter_subject"], "text": head["letter_text"], "confirm": head["confirm"]},
    )


def _fresh(question: str) -> dict[str, dict[str, str]]:
    """A new row of each kind; "crm" is one for the receiver's field ``question``."""
    labels = {"name": _("Your name"), "phone": _("Phone"), "email": _("E-mail")}
    consent = _("I agree that my details are used to answer this request.")
    fresh = {kind: {"kind": kind, "label": consent if kind == "consent" else labels.get(kind, "")} for kind in KINDS}
    for found in (row for target in destination.targets() for row in target.questions if row.key == question):
        fresh["crm"] = {
            "kind": found.kind,
            "label": found.title,
            "options": "\n".join(found.options),
            "target": found.key,
        }
    return fresh


def _row(value: dict[str, Any]) -> dict[str, str]:
    return {
        "key": value["key"],
        "kind": value["kind"],
        "label": value["label"],
        "hint": value["hint"],
        "required": "on" if value["required"] else "",
        "options": "\n".join(value["options"]),
        **{name: value.get(name, "") for name in _MORE},
    }


def _fitting(questions: Sequence[Question], row: dict[str, str]) -> list[Question]:
    """The receiver's fields that the answer to this row can be written into."""
    kind = row.get("kind", "")
    return [found for found in questions if kind == found.kind or kind in _FITS.get(found.kind, ())]


def _value(row: dict[str, str]) -> dict[str, Any]:
    return {
        "key": row.get("key", ""),
        "kind": row.get("kind", ""),
        "label": row.get("label", "").strip(),
        "hint": row.get("hint", ""),
        "required": bool(row.get("required")),
        "options": row.get("options", "").splitlines(),
        **{name: row.get(name, "").strip() for name in _MORE},
    }


def _draw(
    request: HttpRequest, form: Form, head: dict[str, str], state: Rows, rules: list[dict[str, str]], status: int = 200
) -> HttpResponse:
    actor = cast(Actor, request.user)
    offered = destination.targets()
    chosen = head["destination"].partition(":")[0]
    questions = next((target.questions for target in offered if target.kind == chosen), ())
    rows = [
        {
            "number": number,
            "values": row,
            "title": _KINDS.get(row.get("kind", ""), _UNKNOWN).title,
            "icon": _KINDS.get(row.get("kind", ""), _UNKNOWN).icon,
            "errors": {
                name.rpartition(".")[2]: " ".join(texts)
                for name, texts in state.errors.items()
                if name.startswith(f"fields.{number}.")
            },
            "focus": state.focus[1] if state.focus[0] == number else "",
            "first": number == 0,
            "targets": _fitting(questions, row),
            "last": number == len(state.rows) - 1,
            "before": [
                (other.get("key", ""), other.get("label", ""))
                for other in state.rows[:number]
                if other.get("key") and other.get("kind") not in {"step", "file"}
            ],
        }
        for number, row in enumerate(state.rows)
    ]
    context = {
        "form": form,
        "site": form.site,
        "head": head,
        "rows": rows,
        "kinds": [(key, kind.title, kind.icon) for key, kind in _KINDS.items()],
        "people": people_choices(),
        "destinations": [
            (
                _choice(target.kind, None),
                target.title,
                [(_choice(target.kind, pk), name) for pk, name in target.pipelines],
            )
            for target in offered
        ],
        "questions": questions,
        "rules": [*rules, {}],
        "askable": [(row.get("key", ""), row.get("label", "")) for row in state.rows if row.get("kind") in _RULED],
        "countries": form_drawing.countries(),
        "errors": {name: " ".join(texts) for name, texts in state.errors.items() if "." not in name},
        "has_errors": bool(state.errors),
        "changed": state.changed,
        "may_manage": may(actor, MANAGE),
        "action": reverse("sites:form", args=[form.pk]),
        "preview": reverse("sites:form_preview", args=[form.pk]),
    }
    part = request.headers.get("HX-Request") and request.method == "POST"
    return render(request, "sites/parts/form_form.html" if part else "sites/form.html", context, status=status)
