"""Records from a file, step by step: the file, its columns, a look at what will happen, and what came of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from defusedcsv import csv as defused
from django import forms
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.db.current import current_portal, enter
from infra.jobs.domain.queries import own_jobs
from infra.kit.access import may
from infra.kit.errors import Invalid, LimitReached, NotFound
from infra.kit.screens import screen
from infra.kit.spec import Scope
from infra.ui.forms import form_errors, offer
from infra.ui.lists.exporting import defuse
from infra.ui.toasts import toast
from modules.crm.domain.field_rights import MANAGE
from modules.crm.domain.importing.batch import ALL, CREATE, EMPTY, SKIP, Options
from modules.crm.domain.importing.cells import day
from modules.crm.domain.importing.imports import (
    access_import,
    arrange,
    columns_of,
    discard_import,
    options_of,
    start_import,
    start_undo,
    take_file,
    visible_imports,
)
from modules.crm.domain.importing.matching import Column, shown
from modules.crm.domain.importing.running import Preview, preview
from modules.crm.domain.importing.tables import ENCODINGS
from modules.crm.domain.importing.targets import Target, targets_of
from modules.crm.domain.importing.undo import kept_records
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.forms import people_choices, stage_choices
from modules.crm.models import Import, ImportRow
from modules.crm.views.asking import actor_of, optional_number

_SHOWN = 100
_DELIMITERS = ((",", gettext_lazy("comma")), (";", gettext_lazy("semicolon")), ("\t", gettext_lazy("tab")), ("|", "|"))


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, XLSX or vCard, up to 64 MB. Encoding, delimiter and columns are recognised."),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.vcf,.vcard,text/csv,text/vcard"}),
    )


class OptionsForm(forms.Form):
    """What is done besides filling in fields."""

    duplicates = forms.ChoiceField(
        label=gettext_lazy("Records that are known already"),
        choices=[
            (EMPTY, gettext_lazy("Fill in what is empty")),
            (ALL, gettext_lazy("Overwrite with the file")),
            (SKIP, gettext_lazy("Leave as they are")),
            (CREATE, gettext_lazy("Create once more")),
        ],
        widget=forms.RadioSelect,
        help_text=gettext_lazy("Known by id, tax number, phone, e-mail, or the name of a company."),
    )
    stage = forms.ChoiceField(label=gettext_lazy("Stage of new records"), required=False)
    responsible = forms.ChoiceField(label=gettext_lazy("Responsible for new records"), required=False)
    make_linked = forms.BooleanField(
        label=gettext_lazy("Create companies and contacts that rows name and that are not here yet"), required=False
    )
    make_answers = forms.BooleanField(label=gettext_lazy("Add missing answers to own choices"), required=False)

    def __init__(self, *args: Any, actor: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind.staged:
            offer(self, "stage", stage_choices(kind))
        else:
            del self.fields["stage"]
        if may(actor, kind.permission("edit"), Scope.ALL):
            offer(self, "responsible", [("", _("me")), *people_choices()])
        else:
            del self.fields["responsible"]
        if not may(actor, MANAGE):
            del self.fields["make_answers"]

    def options(self) -> Options:
        """What was chosen."""
        values = self.cleaned_data
        return Options(
            duplicates=values["duplicates"],
            stage_id=optional_number(values.get("stage") or ""),
            responsible_id=optional_number(values.get("responsible") or ""),
            make_linked=values["make_linked"],
            make_answers=bool(values.get("make_answers")),
        )


def upload(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Choose a file; below, what was imported lately."""
    actor = actor_of(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = take_file(actor=actor, kind=kind, upload=form.cleaned_data["file"])
        except (Invalid, LimitReached) as error:
            form_errors(form, error if isinstance(error, Invalid) else Invalid(fields={"file": [str(error)]}))
        else:
            return redirect("crm:import", made.pk)
    recent = visible_imports(actor, kind).exclude(state=Import.State.DRAFT).select_related("author")[:20]
    context = {"form": form, "kind": kind, "recent": recent, "url": request.path}
    return render(request, "crm/import_upload.html", context, status=422 if form.errors else 200)


@screen(None, methods=("GET", "POST"))
def one(request: HttpRequest, import_id: int) -> HttpResponse:
    """An import as it stands: its columns to be said, its progress, or its result."""
    actor = actor_of(request)
    made = _opened(request, import_id)
    if made.state == Import.State.DRAFT:
        return _columns(request, made)
    if made.state in (Import.State.RUNNING, Import.State.UNDOING):
        job = own_jobs(actor).filter(pk=made.job_id or 0).first()
        context = {"made": made, "kind": kind_named(made.kind), "job": job}
        return render(request, "crm/import_running.html", context)
    return _result(request, made)


def _opened(request: HttpRequest, import_id: int) -> Import:
    """The import, whose page belongs to the records it brings."""
    made = access_import(actor_of(request), import_id)
    request.menu_path = kind_named(made.kind).url()  # type: ignore[attr-defined]  # ours
    return made


def _columns(request: HttpRequest, made: Import) -> HttpResponse:
    actor, kind = actor_of(request), kind_named(made.kind)
    options = options_of(made)
    initial = {**vars(options), "stage": options.stage_id, "responsible": options.responsible_id}
    form = OptionsForm(request.POST or None, initial=initial, actor=actor, kind=kind)
    columns = columns_of(made)
    chosen = [request.POST.get(f"column_{place}", column.target) for place, column in enumerate(columns)]
    days = {
        place: request.POST.get(f"days_{place}", column.days) for place, column in enumerate(columns) if column.orders
    }
    wrong: dict[str, list[str]] = {}
    if request.method == "POST" and form.is_valid():
        anew = "anew" in request.POST
        try:
            arrange(
                actor=actor,
                made=made,
                targets=chosen,
                options=form.options(),
                days=days,
                shape=_shape(request) if anew else None,
            )
        except Invalid as error:
            wrong = {name: list(texts) for name, texts in error.fields.items()}
            if not wrong:
                form_errors(form, error)
        else:
            return redirect("crm:import" if anew else "crm:import_check", made.pk)
    targets = targets_of(actor, kind)
    context = {
        "made": made,
        "kind": kind,
        "form": form,
        "columns": [
            {
                "place": place,
                "column": column,
                "target": target,
                "errors": wrong.get(f"column_{place}", []) + wrong.get(f"days_{place}", []),
                "orders": _orders(column),
                "days": days.get(place, ""),
            }
            for place, (column, target) in enumerate(zip(columns, chosen, strict=True))
        ],
        "errors": wrong.get("columns", []),
        "groups": _grouped(targets),
        "matched": sum(1 for column in columns if column.target),
        "encodings": ENCODINGS if made.shape["encoding"] in ENCODINGS else (made.shape["encoding"], *ENCODINGS),
        "delimiters": _DELIMITERS,
    }
    return render(request, "crm/import_columns.html", context, status=422 if wrong or form.errors else 200)


def _orders(column: Column) -> list[tuple[str, str]]:
    """The orders of days to choose from, each with what it makes of one of the samples."""
    names = {"dmy": _("day first"), "mdy": _("month first")}
    for sample in column.samples if column.orders else ():
        try:
            read = {order: day(sample, replace(column, days=order)) for order in column.orders}
        except Invalid:
            continue
        if len(set(read.values())) > 1:
            return [(order, f"{sample} = {date_format(read[order], 'j E Y')}") for order in column.orders]
    return [(order, names[order]) for order in column.orders]


def _shape(request: HttpRequest) -> dict[str, Any]:
    post = request.POST
    return {
        "encoding": post.get("encoding", ""),
        "delimiter": post.get("delimiter", ""),
        "header": post.get("header") == "1",
    }


def _grouped(targets: dict[str, Target]) -> list[tuple[str, list[Target]]]:
    groups: dict[str, list[Target]] = {}
    for target in targets.values():
        groups.setdefault(str(target.group), []).append(target)
    return list(groups.items())


@screen(None)
def check(request: HttpRequest, import_id: int) -> HttpResponse:
    """What will be created, changed and refused, and why; nothing has happened yet."""
    actor = actor_of(request)
    made = _opened(request, import_id)
    if made.state != Import.State.DRAFT:
        return redirect("crm:import", made.pk)
    seen = preview(actor, made)
    columns = [(place, column) for place, column in enumerate(columns_of(made)) if column.target][:6]
    context = {
        "made": made,
        "kind": kind_named(made.kind),
        "seen": seen,
        "counts": _counts(seen),
        "columns": [column for _place, column in columns],
        "rows": [
            {
                "outcome": outcome,
                "action": ImportRow.Action(outcome.action),
                "cells": [
                    (column.name, shown(outcome.row.cells[place]) if place < len(outcome.row.cells) else "")
                    for place, column in columns
                ],
            }
            for outcome in seen.shown
        ],
    }
    return render(request, "crm/import_check.html", context)


def _counts(seen: Preview) -> dict[str, int]:
    return {action.value: seen.counts.get(action.value, 0) for action in ImportRow.Action}


@screen(None, methods=("POST",))
def start(request: HttpRequest, import_id: int) -> HttpResponse:
    """Begin; a second click finds it begun."""
    actor = actor_of(request)
    made = access_import(actor, import_id)
    if made.state == Import.State.DRAFT:
        start_import(actor=actor, made=made)
    return redirect("crm:import", made.pk)


@screen(None, methods=("POST",))
def undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """Take an import back."""
    actor = actor_of(request)
    start_undo(actor=actor, made=access_import(actor, import_id))
    return redirect("crm:import", import_id)


@screen(None, methods=("POST",))
def discard(request: HttpRequest, import_id: int) -> HttpResponse:
    """Forget a file that is not imported."""
    actor = actor_of(request)
    made = access_import(actor, import_id)
    kind = kind_named(made.kind)
    discard_import(actor=actor, made=made)
    toast(request, _("The file is removed."))
    return redirect(kind.url("import"))


def _result(request: HttpRequest, made: Import) -> HttpResponse:
    refused_rows = made.rows.filter(action=ImportRow.Action.REFUSED).order_by("number")
    noted = made.rows.exclude(action=ImportRow.Action.REFUSED).exclude(reason="").order_by("number")
    job = own_jobs(actor_of(request)).filter(pk=made.job_id or 0).first()
    context = {
        "made": made,
        "kind": kind_named(made.kind),
        "refused": refused_rows[:_SHOWN],
        "noted": noted[:_SHOWN],
        "kept": kept_records(actor_of(request), made, _SHOWN),
        "import_url": kind_named(made.kind).url("import"),
        "job": job,
        "may_undo": made.state in (Import.State.DONE, Import.State.CANCELLED, Import.State.FAILED)
        and bool(made.created_count or made.updated_count or made.linked_count),
    }
    return render(request, "crm/import_result.html", context)


@screen(None)
def refused(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """The refused rows as CSV: the columns of the file, and why. Corrected, it can be imported as it is."""
    made = access_import(actor_of(request), import_id)
    if not made.refused_count:
        raise NotFound
    answer = StreamingHttpResponse(_lines(current_portal(), made), content_type="text/csv; charset=utf-8")
    day = timezone.localdate().isoformat()
    answer.headers["Content-Disposition"] = f'attachment; filename="refused-{made.pk}-{day}.csv"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _lines(portal: Any, made: Import) -> Iterator[str]:
    buffer = io.StringIO()
    writer = defused.writer(buffer, delimiter=made.shape["delimiter"] if made.shape["format"] == "csv" else ",")
    width = len(made.columns)
    yield "\ufeff"
    heading = [column["name"] for column in made.columns]
    after = 0
    writer.writerow([defuse(cell) for cell in [*heading, _("Reason")]])
    while True:
        with enter(portal):
            rows = made.rows.filter(action=ImportRow.Action.REFUSED, number__gt=after).order_by("number")
            page = list(rows.values_list("number", "cells", "reason")[:1000])
        for _number, cells, reason in page:
            writer.writerow([defuse(cell) for cell in [*[*(cells or []), *[""] * width][:width], reason]])
        after = page[-1][0] if page else after
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        if not page:
            return
