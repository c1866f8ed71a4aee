"""Duplicates that the search in the background has found: merged, or said to be two."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.api.keyset import page_of
from infra.jobs.domain.queries import own_jobs
from infra.ui.toasts import toast
from modules.crm.domain.field_rights import hidden
from modules.crm.domain.kinds import Kind
from modules.crm.domain.pairs import access_pair, open_pairs, say_apart, start_scan
from modules.crm.domain.queries import record_rows
from modules.crm.views.asking import actor_of

_SIGNS = {
    "phone": gettext_lazy("same phone"),
    "email": gettext_lazy("same e-mail"),
    "tax": gettext_lazy("same tax number"),
    "name": gettext_lazy("similar name"),
}
_PAGE = 30


def pairs(request: HttpRequest, kind: Kind) -> HttpResponse:
    """Pairs, the surest first; posted, the search starts over."""
    actor = actor_of(request)
    if request.method == "POST":
        start_scan(actor=actor, kind=kind, title=_("Search for duplicates: %(what)s") % {"what": kind.plural})
        toast(request, _("The search has begun. You are told here when it is through."))
        return redirect(kind.url("duplicates"))
    page = page_of(open_pairs(actor, kind), ("-score", "-id"), after=request.GET.get("after", ""), limit=_PAGE)
    ids = {pk for pair in page.rows for pk in (pair.left_id, pair.right_id)}
    records: dict[int, Any] = {row.pk: row for row in record_rows(actor, kind).filter(pk__in=ids)}
    job = own_jobs(actor).filter(task="crm.scan_duplicates", args=[kind.key]).order_by("-pk").first()
    context = {
        "kind": kind,
        "closed": hidden(actor, kind),
        "pairs": [
            {
                "pair": pair,
                "left": records[pair.left_id],
                "right": records[pair.right_id],
                "signs": [_SIGNS[sign] for sign in pair.signs if sign in _SIGNS],
                "merge_url": f"{kind.url('merge', pair.left_id)}?other={pair.right_id}",
            }
            for pair in page.rows
            if pair.left_id in records and pair.right_id in records
        ],
        "after": page.after,
        "job": job if job is not None and not job.is_finished else None,
        "url": request.path,
    }
    return render(request, "crm/duplicates.html", context)


def apart(request: HttpRequest, kind: Kind, pair_id: int) -> HttpResponse:
    """These are two."""
    actor = actor_of(request)
    say_apart(actor=actor, kind=kind, pair=access_pair(actor, kind, pair_id))
    toast(request, _("Remembered: these are two."))
    return redirect(kind.url("duplicates"))
