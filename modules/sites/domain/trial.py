"""Two versions of a page, compared: begin, see how they do, keep one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db import transaction
from django.db.models import Max, Min, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, NotFound
from modules.sites.domain import arms
from modules.sites.domain.access import MANAGE, ref_of
from modules.sites.domain.page import add_page, edit_page
from modules.sites.domain.verdict import Arm, Verdict, judge
from modules.sites.models import Page, PageKind, Site, Status, Submission, VisitCount


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A comparison as the page of numbers shows it."""

    page: Page
    arms: Sequence[Arm]
    since: date | None
    verdict: Verdict
    shown: bool


def trial_of(page: Page) -> Trial:
    """The comparison of ``page`` with its version B. Raises NotFound where there is none."""
    found = next((trial for trial in trials_of(page.site) if trial.page.pk == page.pk), None)
    if found is None:
        raise NotFound
    return found


def trials_of(site: Site) -> list[Trial]:
    """Every comparison of ``site``, with what was counted for the words its two versions have now."""
    rivals = Page.objects.filter(site=site, kind=PageKind.RIVAL).select_related("rival_of").order_by("pk")
    found = [(row, arms.name_of(row.rival_of.html, row.html)) for row in rivals if row.rival_of]
    names = [name + side for _row, name in found for side in "ab"]
    seen = {
        row["arm"]: row
        for row in VisitCount.objects.filter(site=site, arm__in=names)
        .values("arm")
        .annotate(people=Sum("page_visitors"), first=Min("day"), last=Max("day"))
    }
    sent: dict[str, set[Any]] = {}
    rows = Submission.objects.filter(form__site=site, arm__in=names).exclude(status=Status.QUARANTINE)
    for arm, ip_hash, browser, day in rows.values_list("arm", "ip_hash", "user_agent", "created_at__date"):
        sent.setdefault(arm, set()).add((ip_hash, browser, day))
    return [_trial(row, name, seen, sent) for row, name in found]


def _trial(rival: Page, name: str, seen: dict[str, Any], sent: dict[str, set[Any]]) -> Trial:
    both = [
        Arm(
            side=side,
            visitors=seen.get(name + side, {}).get("people") or 0,
            sent=len(sent.get(name + side, ())),
        )
        for side in "ab"
    ]
    first = min((seen[name + side]["first"] for side in "ab" if name + side in seen), default=None)
    days = (timezone.now().date() - first).days if first else 0
    return Trial(
        page=cast(Page, rival.rival_of),
        arms=both,
        since=first,
        verdict=judge(both[0], both[1], days),
        shown=first is not None,
    )


def make_rival(*, actor: Actor, page: Page) -> Page:
    """A second version of ``page``, with the same words to begin with; the next publishing shows it to half of the
    visitors. Raises Denied, ReadOnly, Conflict where there is one."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        if locked.kind != PageKind.PAGE or Page.objects.filter(rival_of=locked).exists():
            raise Conflict(_("This page has a second version already."), code="has_rival")
        made = add_page(
            actor=actor,
            site=locked.site,
            title=locked.title,
            path=locked.path,
            html=locked.html,
            kind=PageKind.RIVAL,
            language=locked.language,
            rival_of=locked,
        )
        audit.record(actor, action="page.compare", ref=ref_of(locked))
    return made


def end_trial(*, actor: Actor, page: Page, keep: str) -> None:
    """Keep version ``keep`` ("a" or "b") as the page and drop the other; visitors see it after the next publishing.

    What the page said stays in its history. Raises Denied, ReadOnly, NotFound.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        rival = Page.objects.select_for_update().filter(rival_of=locked).first()
        if rival is None or keep not in ("a", "b"):
            raise NotFound
        if keep == "b":
            locked = edit_page(
                actor=actor,
                page=locked,
                version=locked.version,
                title=locked.title,
                path=locked.path,
                description=locked.description,
                html=rival.html,
            )
        rival.delete()
        locked.save()  # what visitors see differs from now on
        audit.record(actor, action="page.decide", ref=ref_of(locked), changes={"version": (None, keep.upper())})
