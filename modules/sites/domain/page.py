"""Verbs of pages: add, write, describe, bring back, remove."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import Conflict, Denied, Invalid
from modules.sites.domain import holding
from modules.sites.domain.access import CODE, MANAGE, OWN_CODE, ref_of
from modules.sites.domain.markup import one_line
from modules.sites.domain.vocabulary import LONGEST_HTML, clean_page
from modules.sites.models import Asset, Form, Page, PageKind, PageVersion, Site
from modules.sites.models.page import PATH

MOST_PAGES = 50
MOST_VERSIONS = 60
ONE_VERSION = timedelta(minutes=5)
_FORM = re.compile(r'data-form="([0-9a-f]{20})"')
_ASSET = re.compile(r'src="/_a/([0-9a-f]{32})"')
_OWN = re.compile(r'<div [^>]*class="(?:[^"]* )?own(?: [^"]*)?"[^>]*>')
_DIV = re.compile(r"<(/?)div\b")
_FRAME = re.compile(r'<div[^>]* data-part="frame"[^>]*>')


def add_page(
    *,
    actor: Actor,
    site: Site,
    title: str,
    path: str = "",
    html: str = "",
    kind: PageKind = PageKind.PAGE,
    language: str = "",
    translation_of: Page | None = None,
    rival_of: Page | None = None,
) -> Page:
    """A new page of a site. Raises Denied, ReadOnly, Invalid."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    title, path, _description = _checked(title, path, "")
    try:
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=site.pk)
            if site.pages.count() >= MOST_PAGES:
                raise Invalid(fields={"title": [_("A site has at most %(count)d pages.") % {"count": MOST_PAGES}]})
            last = site.pages.aggregate(last=Max("position"))["last"]
            page = Page.objects.create(
                site=site,
                kind=kind,
                title=title,
                path=path,
                html=check_html(actor, site, html, ""),
                language=language,
                translation_of=translation_of,
                rival_of=rival_of,
                position=0 if last is None else last + 1,
            )
            _keep_version(page, actor)
            audit.record(actor, action="page.add", ref=ref_of(page), changes={"title": (None, title)})
    except IntegrityError as error:
        raise Invalid(fields={"path": [_("Another page of this site has this address.")]}) from error
    return page


def edit_page(
    *, actor: Actor, page: Page, version: int, title: str, path: str, description: str, html: str, **settings: Any
) -> Page:
    """Replace what a page says and how it is found; visitors see it after the next publishing.

    ``html`` is cleaned here; ``settings`` may hold in_menu, menu_title, hidden, draft, bare, language, share_image.
    Raises Denied, ReadOnly, Invalid (nothing is saved then), Conflict when somebody saved after ``version``.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    title, path, description = _checked(title, path, description)
    values = {"title": title, "path": path, "description": description, **_checked_settings(page.site, settings)}
    values["html"] = check_html(actor, page.site, html, page.html)
    try:
        with transaction.atomic():
            locked = Page.objects.select_for_update().get(pk=page.pk)
            if locked.version != version:
                raise Conflict
            _save(locked, actor, values)
    except IntegrityError as error:
        raise Invalid(fields={"path": [_("Another page of this site has this address.")]}) from error
    return locked


def write_page(*, actor: Actor, page: Page, version: int, html: str, token: str) -> Page:
    """Keep what the editor holds. ``token`` is the tab's, which must hold the page (``holding``).

    Raises Denied, ReadOnly, Invalid, Conflict (somebody saved after ``version``, or has taken the page over).
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    clean = check_html(actor, page.site, html, page.html)
    with transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        holding.require_held(locked, token)
        if locked.version != version:
            raise Conflict
        if _save(locked, actor, {"html": clean}):
            holding.tell(locked, "page.saved", {"version": locked.version, "token": token})
    return locked


def restore_version(*, actor: Actor, page: Page, kept: PageVersion) -> Page:
    """Give the page the words it had in an earlier version; what it says now stays in the history. Raises Denied."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        html = check_html(actor, page.site, kept.html, locked.html)
        if _save(locked, actor, {"html": html}, fresh=True):
            holding.tell(locked, "page.saved", {"version": locked.version, "token": ""})
    return locked


def delete_page(*, actor: Actor, page: Page) -> None:
    """Remove a page other than the first one (its path is empty). Raises Denied, ReadOnly, Conflict."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    if page.kind == PageKind.PAGE and not page.path:
        raise Conflict(_("A site keeps its first page. Change what it says instead."), code="first_page")
    with transaction.atomic():
        audit.record(actor, action="page.delete", ref=ref_of(page), changes={"title": (page.title, None)})
        page.delete()


def copy_page(*, actor: Actor, page: Page) -> Page:
    """A second page with the same words, as a draft beside the first. Raises Denied, ReadOnly, Invalid."""
    paths = set(page.site.pages.values_list("path", flat=True))
    stem = (page.path or "page")[:54]
    path = next(name for number in range(2, MOST_PAGES + 3) if (name := f"{stem}-{number}") not in paths)
    title = _("%(title)s (copy)") % {"title": page.title[:100]}
    made = add_page(actor=actor, site=page.site, title=title, path=path, html=page.html, language=page.language)
    Page.objects.filter(pk=made.pk).update(draft=True, bare=page.bare)
    made.refresh_from_db()
    return made


def move_page(*, actor: Actor, page: Page, up: bool) -> None:
    """One place up or down among the site's pages, which is also the order of the menu. Raises Denied, ReadOnly."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        rows = list(
            Page.objects.select_for_update().filter(site_id=page.site_id, kind=PageKind.PAGE).order_by("position", "pk")
        )
        at = next(number for number, row in enumerate(rows) if row.pk == page.pk)
        to = at - 1 if up else at + 1
        if not 0 <= to < len(rows):
            return
        rows[at], rows[to] = rows[to], rows[at]
        for number, row in enumerate(rows):
            if row.position != number:
                row.position = number
                row.save()


def check_html(actor: Actor, site: Site, html: str, before: str) -> str:
    """``html`` cleaned, with only the site's own forms and pictures in it. Raises Invalid, Denied, FeatureMissing.

    Pages of other services in frames and blocks of own HTML are own code: only what stood there ``before`` passes
    without the right.
    """
    if len(html) > LONGEST_HTML:
        raise Invalid(fields={"html": [_("This page is too long. Divide it into several pages.")]})
    clean = clean_page(html)
    forms = set(Form.objects.filter(site=site).values_list("public_id", flat=True))
    if not set(_FORM.findall(clean)) <= forms:
        raise Invalid(fields={"html": [_("Choose a form of this site.")]})
    images = set(_ASSET.findall(clean))
    if len(images) > Asset.objects.filter(site=site, name__in=images).count():
        raise Invalid(fields={"html": [_("Upload the image again.")]})
    if set(_FRAME.findall(clean)) - set(_FRAME.findall(before)) or _own_html(clean) - _own_html(before):
        gates.require(OWN_CODE)
        if not may(actor, CODE):
            raise Denied(permission=CODE)
    return clean


def _own_html(html: str) -> set[str]:
    """What stands in the blocks of own HTML of a cleaned page."""
    found: set[str] = set()
    for start in _OWN.finditer(html):
        depth = 1
        for tag in _DIV.finditer(html, start.end()):
            depth += -1 if tag[1] else 1
            if not depth:
                found.add(html[start.end() : tag.start()])
                break
    return found


def _save(locked: Page, actor: Actor, values: dict[str, Any], *, fresh: bool = False) -> bool:
    """Write what differs; True when something did."""
    changes = {name: (getattr(locked, name), value) for name, value in values.items() if getattr(locked, name) != value}
    if not changes:
        return False
    for name, (_before, value) in changes.items():
        setattr(locked, name, value)
    locked.save()
    written = changes.pop("html", None)
    new = _keep_version(locked, actor, fresh=fresh) if written else False
    if changes or new:
        audit.record(actor, action="page.edit", ref=ref_of(locked), changes=changes)
    return True


def _keep_version(page: Page, actor: Actor, *, fresh: bool = False) -> bool:
    """Put the page's words into its history; what one person writes within minutes is one entry. True for a new one."""
    now = timezone.now()
    newest = page.versions.order_by("-pk").first()
    if (
        newest is not None
        and not fresh
        and newest.saved_by_id == actor.id
        and newest.saved_at > now - ONE_VERSION
        and page.versions.count() > 1
    ):
        PageVersion.objects.filter(pk=newest.pk).update(html=page.html)
        return False
    PageVersion.objects.create(page=page, html=page.html, saved_by_id=actor.id, saved_at=now)
    old = page.versions.order_by("-pk").values_list("pk", flat=True)[MOST_VERSIONS:]
    page.versions.filter(pk__in=list(old)).delete()
    return True


def _checked(title: str, path: str, description: str) -> tuple[str, str, str]:
    title, path, description = one_line(title), path.strip().strip("/").lower(), one_line(description)
    errors: dict[str, list[str]] = {}
    if not 1 <= len(title) <= 120:
        errors["title"] = [_("Give the page a title of at most 120 characters.")]
    if not re.fullmatch(PATH, path) or len(path) > 60:
        errors["path"] = [_("Letters a-z, digits and single hyphens, at most 60.")]
    if len(description) > 300:
        errors["description"] = [_("At most 300 characters.")]
    if errors:
        raise Invalid(fields=errors)
    return title, path, description


def _checked_settings(site: Site, given: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: bool(given[name]) for name in ("in_menu", "hidden", "draft", "bare") if name in given
    }
    if "menu_title" in given:
        values["menu_title"] = one_line(str(given["menu_title"]))[:40]
    if "language" in given:
        values["language"] = given["language"] if given["language"] in settings.LANGUAGES_OFFERED else ""
    if "translation_of" in given:
        other = given["translation_of"]
        values["translation_of_id"] = other if Page.objects.filter(site=site, pk=other or 0).exists() else None
    if image := given.get("share_image"):
        if not Asset.objects.filter(site=site, name=image).exists():
            raise Invalid(fields={"share_image": [_("Choose a picture of this site.")]})
        values["share_image"] = image
    elif "share_image" in given:
        values["share_image"] = ""
    return values
