"""What rules did: the log of their runs, with a second try for what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.screens import screen
from infra.ui.lists import BulkAction, Column, Empty, ListScreen, Order
from infra.ui.panels import render_panel
from infra.ui.toasts import toast
from modules.crm.domain.field_rights import reads_all
from modules.crm.domain.kinds import kinds
from modules.crm.domain.rules.queries import access_run, rule_rows, rules_named, runs
from modules.crm.domain.rules.rule import MANAGE, retry_run
from modules.crm.domain.rules.steps import STEPS
from modules.crm.models import Rule, RuleRun
from modules.crm.views.asking import actor_of

TONES = {"waiting": "info", "done": "success", "skipped": "neutral", "failed": "danger", "stopped": "warning"}


def _rules(request: Any) -> QuerySet[Rule]:
    return rule_rows()


class RunFilter(filters.FilterSet):
    """By rule, record and what came of it."""

    rule = filters.ModelChoiceFilter(label=gettext_lazy("Rule"), queryset=_rules)
    status = filters.MultipleChoiceFilter(label=gettext_lazy("State"), choices=RuleRun.Status.choices, distinct=False)
    started_at = filters.DateFromToRangeFilter(label=gettext_lazy("Started"))
    record = filters.CharFilter(label=gettext_lazy("Record, like deal:5"), method="by_record")

    class Meta:
        model = RuleRun
        fields: list[str] = []

    def by_record(self, rows: Any, name: str, value: str) -> Any:
        kind, _colon, pk = value.partition(":")
        if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
            return rows.none()
        return rows.filter(record_kind=kind, record_id=int(pk))


def summary(run: RuleRun) -> str:
    """What it did, or why it did not."""
    return (
        run.error
        or " ".join(str(line["text"]) for line in run.notes)
        or (_("It is about to start.") if run.status == RuleRun.Status.WAITING else "")
    )


class RunList(ListScreen[RuleRun]):
    """The log of rules."""

    key = "crm.rule_runs"
    title = gettext_lazy("What rules did")
    template_name = "crm/rules/log.html"
    filterset_class = RunFilter
    orders: Sequence[Order] = (Order("-started_at", gettext_lazy("Newest first")),)
    columns = (
        Column("title", gettext_lazy("Record"), link=True, fixed=True),
        Column("rule", gettext_lazy("Rule"), value=lambda run: run.rule.name),
        Column(
            "status",
            gettext_lazy("State"),
            kind="badge",
            value=lambda run: run.get_status_display(),
            tone=lambda run: TONES[run.status],
        ),
        Column("what", gettext_lazy("What it did"), value=summary),
        Column("started_at", gettext_lazy("Started"), kind="moment", order="started_at"),
    )
    bulk = (BulkAction("retry", gettext_lazy("Try again"), icon="refresh", permission=MANAGE),)
    empty = Empty(
        icon="robot",
        title=gettext_lazy("No rule has done anything yet"),
        text=gettext_lazy("Here is put down what each rule did, with which record, and why not."),
        url_name="crm:rules",
        action=gettext_lazy("To the rules"),
    )

    def rows(self) -> QuerySet[Any, Any]:
        return runs(self.actor)

    @cached_property
    def shown_columns(self) -> list[Column]:
        shown = super().shown_columns
        return shown if reads_all(self.actor) else [column for column in shown if column.key != "what"]

    def url_of(self, row: RuleRun) -> str:
        return reverse("crm:rule_run", args=[row.pk])

    def bulk_retry(self, rows: Any, form: Any) -> int:
        failed = list(rows.filter(status=RuleRun.Status.FAILED).order_by("pk")[:1_000])
        for run in failed:
            retry_run(actor=self.actor, run=run)
        return len(failed)


rule_log = screen(MANAGE, methods=("GET", "POST"))(RunList.as_view())


@screen(MANAGE)
def rule_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run, step by step."""
    actor = actor_of(request)
    run = access_run(actor, run_id)
    known = kinds()
    kind = known.get(run.record_kind)
    told = reads_all(actor)
    lines = [
        {**line, "step": (step := STEPS[line["do"]]), "text": line["text"] if told else str(step.title)}
        for line in run.notes
    ]
    rest = [STEPS[step["do"]] for step in run.steps[run.at_step :]]
    context = {
        "run": run,
        "tone": TONES[run.status],
        "lines": lines,
        "error": run.error if told else "",
        "rest": rest,
        "record_url": kind.url("card", run.record_id) if kind is not None else "",
        "chain": rules_named(run.chain[:-1]),
    }
    return render_panel(request, "crm/rules/run.html", context, back=reverse("crm:rule_log"))


@screen(MANAGE, methods=("POST",))
def rule_retry(request: HttpRequest, run_id: int) -> HttpResponse:
    """A second try of what failed."""
    retry_run(actor=actor_of(request), run=access_run(actor_of(request), run_id))
    toast(request, _("It is tried again in a moment."))
    return redirect("crm:rule_log")
