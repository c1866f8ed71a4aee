"""Who may see and change what in this room. The only place rows are fetched for a person."""

from __future__ import annotations

from django.db.models import QuerySet

from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import NotFound
from infra.kit.refs import RecordRef
from modules.sites.models import Asset, Form, Page, PageVersion, Publication, Site, Submission, SubmissionFile

VIEW = "sites.site.view"
MANAGE = "sites.site.manage"
PUBLISH = "sites.site.publish"
CODE = "sites.code.manage"
OWN_CODE = "sites.own_code"  # the feature of the plan
READ_SUBMISSIONS = "sites.submission.view"
MANAGE_SUBMISSIONS = "sites.submission.manage"
EXPORT_SUBMISSIONS = "sites.submission.export"

_KINDS = {Site: "site", Page: "page", Form: "form", Submission: "submission"}


def ref_of(row: Site | Page | Form | Submission) -> RecordRef:
    """The reference others point at this row with."""
    return RecordRef("sites", _KINDS[type(row)], row.pk)


def sites_for(actor: Actor) -> QuerySet[Site]:
    """Sites the actor may see."""
    return Site.objects.all() if may(actor, VIEW) else Site.objects.none()


def access_site(actor: Actor, site_id: int) -> Site:
    """One site. Raises Denied, NotFound."""
    require_permission(actor, VIEW)
    site = sites_for(actor).select_related("publication").filter(pk=site_id).first()
    if site is None:
        raise NotFound
    return site


def pages_for(actor: Actor) -> QuerySet[Page]:
    """Pages the actor may see, with their sites."""
    return Page.objects.filter(site__in=sites_for(actor)).select_related("site")


def forms_for(actor: Actor) -> QuerySet[Form]:
    """Forms the actor may see, with their sites."""
    return Form.objects.filter(site__in=sites_for(actor)).select_related("site")


def access_publication(site: Site, publication_id: int) -> Publication:
    """One published version of a site the actor was let into. Raises NotFound."""
    publication = site.publications.filter(pk=publication_id).first()
    if publication is None:
        raise NotFound
    return publication


def access_version(page: Page, version_id: int) -> PageVersion:
    """One entry of the history of a page the actor was let into. Raises NotFound."""
    kept = page.versions.filter(pk=version_id).first()
    if kept is None:
        raise NotFound
    return kept


def access_asset(actor: Actor, name: str) -> Asset:
    """One image by its name. Raises Denied, NotFound."""
    require_permission(actor, VIEW)
    asset = Asset.objects.filter(name=name, site__in=sites_for(actor)).first()
    if asset is None:
        raise NotFound
    return asset


def access_page(actor: Actor, page_id: int) -> Page:
    """One page with its site. Raises Denied, NotFound."""
    require_permission(actor, VIEW)
    page = Page.objects.select_related("site__publication").filter(pk=page_id, site__in=sites_for(actor)).first()
    if page is None:
        raise NotFound
    return page


def access_form(actor: Actor, form_id: int) -> Form:
    """One form with its site. Raises Denied, NotFound."""
    require_permission(actor, VIEW)
    form = Form.objects.select_related("site__publication").filter(pk=form_id, site__in=sites_for(actor)).first()
    if form is None:
        raise NotFound
    return form


def submissions_for(actor: Actor) -> QuerySet[Submission]:
    """Submissions the actor may read."""
    return Submission.objects.all() if may(actor, READ_SUBMISSIONS) else Submission.objects.none()


def kept_submission(submission_id: int) -> Submission:
    """The submission that the same caller has just sent. Raises NotFound."""
    submission = Submission.objects.filter(pk=submission_id).first()
    if submission is None:
        raise NotFound
    return submission


def access_submission(actor: Actor, submission_id: int) -> Submission:
    """One submission. Raises Denied, NotFound."""
    require_permission(actor, READ_SUBMISSIONS)
    submission = submissions_for(actor).filter(pk=submission_id).first()
    if submission is None:
        raise NotFound
    return submission


def access_file(submission: Submission, file_id: int) -> SubmissionFile:
    """One file of a submission the actor was let into. Raises NotFound."""
    found = submission.files.filter(pk=file_id).first()
    if found is None:
        raise NotFound
    return found


def may_follow_submissions(actor: Actor, rest: str) -> bool:
    """Whether a tab may hear that submissions came or changed."""
    return rest == "" and may(actor, READ_SUBMISSIONS)


def may_follow_page(actor: Actor, rest: str) -> bool:
    """Whether an open editor may hear that the page was saved, or that somebody else writes on it."""
    return rest.isdecimal() and pages_for(actor).filter(pk=int(rest[:18])).exists()
