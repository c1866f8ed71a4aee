"""How records of this room look from outside: links, search hits."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from infra.kit.access import Actor, may
from infra.kit.refs import RecordCard
from modules.sites.domain import access, hosts, search
from modules.sites.models import Form, Page, Site, Submission


def site_card(actor: Actor, record_id: int) -> RecordCard | None:
    """The site, or None where the actor may not see it."""
    site = access.sites_for(actor).filter(pk=record_id).first()
    return _site(site) if site else None


def page_card(actor: Actor, record_id: int) -> RecordCard | None:
    """The page, or None where the actor may not see it."""
    page = Page.objects.select_related("site").filter(pk=record_id, site__in=access.sites_for(actor)).first()
    return _page(page) if page else None


def form_card(actor: Actor, record_id: int) -> RecordCard | None:
    """The form, or None where the actor may not see it."""
    form = Form.objects.select_related("site").filter(pk=record_id, site__in=access.sites_for(actor)).first()
    if form is None:
        return None
    return RecordCard(
        ref=access.ref_of(form),
        title=form.name,
        subtitle=form.site.name,
        url=reverse("sites:form", args=[form.pk]),
        icon="forms",
    )


def submission_card(actor: Actor, record_id: int) -> RecordCard | None:
    """The submission, or None where the actor may not read it."""
    submission = access.submissions_for(actor).filter(pk=record_id).first()
    return _submission(submission) if submission else None


def search_sites(actor: Actor, text: str, limit: int) -> Sequence[RecordCard]:
    """Sites and pages whose name holds ``text``."""
    if not may(actor, access.VIEW):
        return []
    sites = access.sites_for(actor).filter(name__icontains=text).order_by("name")[:limit]
    pages = Page.objects.select_related("site").filter(site__in=access.sites_for(actor), title__icontains=text)[:limit]
    return [*(_site(site) for site in sites), *(_page(page) for page in pages)][:limit]


def search_submissions(actor: Actor, text: str, limit: int) -> Sequence[RecordCard]:
    """What visitors sent that holds words starting like those of ``text``, newest first."""
    rows = search.search_submissions(access.submissions_for(actor), text).order_by("-created_at", "-pk")[:limit]
    return [_submission(row) for row in rows]


def _site(site: Site) -> RecordCard:
    return RecordCard(
        ref=access.ref_of(site),
        title=site.name,
        subtitle=hosts.shown_host(site),
        url=reverse("sites:site", args=[site.pk]),
        icon="world",
    )


def _page(page: Page) -> RecordCard:
    return RecordCard(
        ref=access.ref_of(page),
        title=page.title,
        subtitle=_("Page of %(site)s") % {"site": page.site.name},
        url=reverse("sites:page", args=[page.pk]),
        icon="file-text",
    )


def _submission(submission: Submission) -> RecordCard:
    return RecordCard(
        ref=access.ref_of(submission),
        title=submission.title,
        subtitle=submission.form_name,
        url=reverse("sites:submission", args=[submission.pk]),
        icon="inbox",
    )
