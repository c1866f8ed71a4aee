"""Screens of what visitors sent."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from infra.kit.access import Actor, may
from infra.kit.errors import Conflict
from infra.kit.refs import RecordRef
from infra.kit.screens import screen
from infra.ui import panels
from infra.ui.lists import BulkAction, Column, Empty, ListScreen, Order
from infra.ui.toasts import toast
from modules.sites.domain import live, queries, search
from modules.sites.domain.access import (
    EXPORT_SUBMISSIONS,
    MANAGE_SUBMISSIONS,
    READ_SUBMISSIONS,
    access_file,
    access_submission,
    submissions_for,
)
from modules.sites.domain.submission import delete_submission, replay_submission
from modules.sites.downloads import downloaded
from modules.sites.filters import SubmissionFilter
from modules.sites.models import Status, Submission
from modules.sites.records import card_of

TONES = {
    Status.FORWARDED: "success",
    Status.FAILED: "danger",
    Status.QUARANTINE: "warning",
    Status.ACCEPTED: "info",
    Status.UNCONFIRMED: "neutral",
}


def tone_of(submission: Submission) -> str:
    """The colour of a submission's state."""
    return TONES[Status(submission.status)]


def _answers(submission: Submission) -> str:
    return "; ".join(f"{row['label']}: {row['value']}" for row in submission.answers if row["value"])


class SubmissionList(ListScreen[Submission]):
    """Everything visitors sent, newest first."""

    key = "sites.submissions"
    title = gettext_lazy("Sent forms")
    subtitle = gettext_lazy("What visitors sent is kept here, whatever happens to it afterwards.")
    template_name = "sites/submissions.html"
    columns = (
        Column("title", pgettext_lazy("who sent it", "From"), link=True, fixed=True),
        Column("form_name", gettext_lazy("Form")),
        Column("site_name", gettext_lazy("Site")),
        Column("status", gettext_lazy("State"), kind="badge", value=lambda row: row.get_status_display(), tone=tone_of),
        Column("created_at", gettext_lazy("Sent"), kind="moment", order="created_at"),
        Column(
            "source",
            gettext_lazy("Campaign"),
            value=lambda row: row.utm.get("utm_campaign") or row.utm.get("utm_source", ""),
        ),
        Column("answers", gettext_lazy("Answers"), value=_answers, shown=False),
        Column("page_url", gettext_lazy("Page"), kind="url", shown=False),
        Column("referrer", gettext_lazy("Came from"), shown=False),
        Column("reason", gettext_lazy("Reason"), shown=False),
    )
    orders = (Order("-created_at", gettext_lazy("Newest first")),)
    filterset_class = SubmissionFilter
    searchable = True
    search_hint = gettext_lazy("Name, phone, e-mail or any word")
    bulk = (
        BulkAction("replay", gettext_lazy("Deliver"), icon="send", permission=MANAGE_SUBMISSIONS),
        BulkAction("delete", gettext_lazy("Delete"), icon="trash", tone="danger", permission=MANAGE_SUBMISSIONS),
    )
    export_permission = EXPORT_SUBMISSIONS
    export_name = "sent-forms"
    live = live.LIST
    empty = Empty(
        icon="inbox",
        title=gettext_lazy("Nothing was sent yet"),
        text=gettext_lazy("Publish a site with a form, or put a form into a site you have."),
        url_name="sites:sites",
        action=gettext_lazy("Open sites"),
    )

    def rows(self) -> QuerySet[Submission, Submission]:
        return submissions_for(self.actor)

    def search(self, rows: QuerySet[Any, Submission], text: str) -> QuerySet[Any, Submission]:
        return search.search_submissions(rows, text)

    def url_of(self, row: Submission) -> str:
        return reverse("sites:submission", args=[row.pk])

    def bulk_replay(self, rows: QuerySet[Any, Submission], form: Any) -> int:
        found = list(rows.exclude(status=Status.FORWARDED)[:200])
        return sum(replay_submission(actor=self.actor, submission=row).status == Status.FORWARDED for row in found)

    def bulk_delete(self, rows: QuerySet[Any, Submission], form: Any) -> int:
        gone = 0
        for row in rows:
            try:
                delete_submission(actor=self.actor, submission=row)
            except Conflict:
                continue
            gone += 1
        return gone

    def extra_context(self) -> dict[str, Any]:
        return {"attention": queries.attention(self.actor)}


submission_list = screen(READ_SUBMISSIONS, methods=("GET", "POST"))(SubmissionList.as_view())


@screen(READ_SUBMISSIONS)
def submission(request: HttpRequest, submission_id: int) -> HttpResponse:
    """One submission as it came, and what became of it."""
    actor = cast(Actor, request.user)
    found = access_submission(actor, submission_id)
    return panels.render_panel(
        request,
        "sites/submission.html",
        {
            "submission": found,
            "tone": tone_of(found),
            "lead": card_of(actor, RecordRef.parse(found.lead)) if found.lead else None,
            "may_manage": may(actor, MANAGE_SUBMISSIONS),
        },
        back=reverse("sites:submissions"),
    )


@screen(READ_SUBMISSIONS)
def file(request: HttpRequest, submission_id: int, file_id: int) -> HttpResponseBase:
    """A file that a visitor attached, only ever as a download."""
    found = access_file(access_submission(cast(Actor, request.user), submission_id), file_id)
    return downloaded(found)


@screen(MANAGE_SUBMISSIONS, methods=("POST",))
def replay(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Try to deliver now."""
    actor = cast(Actor, request.user)
    done = replay_submission(actor=actor, submission=access_submission(actor, submission_id))
    here = reverse("sites:submission", args=[submission_id])
    if done.status == Status.FORWARDED:
        return panels.refresh(request, toast=_("Delivered."), fallback=here)
    toast(request, _("It was not taken again. The reason is shown, and we keep trying."), tone="warning")
    return panels.refresh(request, fallback=here)


@screen(MANAGE_SUBMISSIONS, methods=("POST",))
def delete(request: HttpRequest, submission_id: int) -> HttpResponse:
    """Remove what a visitor sent."""
    actor = cast(Actor, request.user)
    delete_submission(actor=actor, submission=access_submission(actor, submission_id))
    return panels.close(request, toast=_("Deleted."), fallback=reverse("sites:submissions"))
