"""Publishing: a site becomes immutable files under a new root, and the public host is pointed at them at once."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import brotli
import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra import audit
from infra.adapters.storage import StorageUnavailable, get_storage, portal_key, random_name
from infra.kit import gates
from infra.kit.access import SYSTEM, Actor, require_permission
from infra.kit.errors import Conflict, PortalError, Unavailable
from modules.sites.contracts import Goods
from modules.sites.domain import arms, goods, hosts, images, rendering
from modules.sites.domain.access import OWN_CODE, PUBLISH, ref_of
from modules.sites.domain.filling import Picture
from modules.sites.domain.form import design_of
from modules.sites.domain.texts import PageText, SiteText
from modules.sites.domain.theme import Theme
from modules.sites.models import Page, PageKind, Publication, Site

KEPT_VERSIONS = 20
_log = structlog.get_logger(__name__)
_COMPRESSED_FROM = 600


@dataclass(frozen=True, slots=True)
class SiteFile:
    """One file of a published site: its path on the host, type, content, and the policy its page needs.

    Of a page in a ``trial`` there are two files at one path, one of each ``side``.
    """

    path: str
    content_type: str
    content: bytes
    policy: str = ""
    immutable: bool = False
    links: str = ""
    trial: str = ""
    side: str = ""


def publish_site(*, actor: Actor, site: Site) -> Publication:
    """Show visitors the site as it is now.

    The files are written first; then one transaction takes room under the plan, keeps the version and switches the
    host. Raises Denied, ReadOnly, LimitReached (published sites, disk), Unavailable when storage does not answer;
    visitors then see what they saw before.
    """
    require_permission(actor, PUBLISH)
    gates.require_writable()
    hosts.forget_lost_domain(site)
    number = (site.publications.aggregate(last=Max("number"))["last"] or 0) + 1
    text = site_text(site, number)
    root = portal_key(f"sites/published/{random_name()}")
    try:
        size = _store(root, text, site.redirects)
        with transaction.atomic():
            locked = Site.objects.select_for_update().get(pk=site.pk)
            if locked.publications.filter(number=number).exists():
                raise Conflict(
                    _("Someone else published this site a moment ago. Look at it, then publish again if needed.")
                )
            if locked.publication_id is None:
                gates.reserve("sites.published")
            gates.reserve("portals.disk_bytes", size)
            publication = Publication.objects.create(
                site=locked,
                number=number,
                root=root,
                size=size,
                forms={key: design.to_json() for key, design in text.forms.items()},
                published_by_id=actor.id,
            )
            _switch(actor, locked, publication, "site.publish")
    except StorageUnavailable as error:
        _discard(root)
        raise Unavailable(
            _("The file storage does not answer. Your site is unchanged; publish again in a minute.")
        ) from error
    except BaseException:
        _discard(root)
        raise
    site.publication = publication
    return publication


def publish_due() -> int:
    """Publish the sites of the current portal whose moment has come; returns how many. Safe to run twice.

    A refusal takes the plan back and is written into the log: people see the site as not published.
    """
    done = 0
    for site in Site.objects.select_related("publish_by").filter(publish_at__lte=timezone.now()):
        if not Site.objects.filter(pk=site.pk, publish_at=site.publish_at).update(publish_at=None):
            continue
        try:
            publish_site(actor=site.publish_by or SYSTEM, site=site)
            done += 1
        except PortalError as error:
            _log.warning("sites.not_published_as_planned", site=site.pk, reason=str(error))
    return done


def restore_publication(*, actor: Actor, publication: Publication) -> None:
    """Show visitors an earlier version again, exactly as it was. Pages in the editor stay as they are.

    Raises Denied, ReadOnly, LimitReached, Conflict when its files were removed.
    """
    require_permission(actor, PUBLISH)
    gates.require_writable()
    with transaction.atomic():
        locked = Site.objects.select_for_update().get(pk=publication.site_id)
        kept = locked.publications.get(pk=publication.pk)
        if not kept.root:
            raise Conflict(_("The files of this version were removed to save space. Choose a newer one."), code="gone")
        if locked.publication_id is None:
            gates.reserve("sites.published")
        _switch(actor, locked, kept, "site.restore")


def unpublish_site(*, actor: Actor, site: Site) -> None:
    """Take the site away from visitors; its forms stop taking posts. Raises Denied."""
    require_permission(actor, PUBLISH)
    with transaction.atomic():
        locked = Site.objects.select_for_update().get(pk=site.pk)
        if locked.publication_id is None:
            return
        gates.release("sites.published")
        _switch(actor, locked, None, "site.unpublish")
    site.publication = None


def remove_old_versions(site: Site) -> int:
    """Remove files of all but the newest versions and give their room back; returns how many versions went."""
    gone = 0
    keep = site.publications.exclude(root="").order_by("-number").values_list("pk", flat=True)[:KEPT_VERSIONS]
    old = site.publications.exclude(root="").exclude(pk__in=[*keep, site.publication_id or 0])
    for publication in old:
        root, size = publication.root, publication.size
        with transaction.atomic():
            if not Publication.objects.filter(pk=publication.pk, root=root).exclude(pk__in=_current()).update(root=""):
                continue
            gates.release("portals.disk_bytes", size)
        get_storage().delete_prefix(root)
        gone += 1
    return gone


def site_text(site: Site, number: int) -> SiteText:
    """The site's rows as what is to be rendered."""
    rows = list(site.pages.all())
    parts = {page.kind: page.html for page in rows if page.kind not in (PageKind.PAGE, PageKind.RIVAL)}
    rivals = {page.rival_of_id: page.html for page in rows if page.kind == PageKind.RIVAL}
    return SiteText(
        id=site.pk,
        name=site.name,
        language=site.language,
        theme=theme_of(site),
        address=hosts.address_of(site),
        number=number,
        pages=[
            replace(page_text(page), rival=rivals.get(page.pk, ""))
            for page in rows
            if page.kind == PageKind.PAGE and not page.draft
        ],
        header=parts.get(PageKind.HEADER, ""),
        footer=parts.get(PageKind.FOOTER, ""),
        missing=parts.get(PageKind.MISSING, ""),
        head=site.head_html if gates.has(OWN_CODE) else "",
        share_image=site.share_image,
        forms={form.public_id: design_of(form) for form in site.forms.order_by("pk")},
        pictures={
            image.name: Picture(
                name=image.name,
                width=image.width,
                height=image.height,
                key=image.key,
                alt=image.alt,
                sizes=tuple((form["width"], form["format"], form["key"]) for form in image.sizes),
            )
            for image in site.assets.all()
        },
        goods=_goods_of(site, rows),
        foreign_pages=gates.has(OWN_CODE),
    )


def _goods_of(site: Site, rows: Sequence[Page]) -> dict[tuple[str, str], tuple[Goods, ...]]:
    with translation.override(site.language):
        return goods.goods_for([page.html for page in rows])


def page_text(page: Page) -> PageText:
    """A page's row as what is to be rendered."""
    names = ("title", "path", "description", "html", "in_menu", "menu_title", "hidden", "bare", "language")
    return PageText(
        id=page.pk,
        translation_of=page.translation_of_id,
        share_image=page.share_image,
        **{name: getattr(page, name) for name in names},
    )


def theme_of(site: Site) -> Theme:
    """How the site looks."""
    return Theme(accent=site.theme_color, **{key: value for key, value in site.look.items() if key != "accent"})


def files_of(text: SiteText) -> Iterator[SiteFile]:
    """Every file of a published site except its images."""
    pages: list[SiteFile] = []
    for page in text.pages:
        named = arms.name_of(page.html, page.rival) if page.rival else ""
        for side in "ab" if named else ("",):
            made = _html(f"/{page.path}", rendering.render_page(text, page, side))
            pages.append(replace(made, trial=named, side=side))
    for public_id in text.forms:
        pages.append(_html(f"/_f/{public_id}", rendering.render_form_page(text, public_id)))
        pages.append(_html(f"/_f/{public_id}/thanks", rendering.render_thanks(text, public_id)))
        if text.forms[public_id].letter.confirm:
            pages.append(_html(f"/_f/{public_id}/asked", rendering.render_asked(text, public_id)))
    pages.append(_html("/404", rendering.render_missing(text)))
    yield from pages
    svg, sealed = "image/svg+xml", "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    for name in sorted(rendering.art_of(page.content.decode() for page in pages)):
        yield SiteFile(f"/_i/{name}.svg", svg, rendering.art(name, text.theme).encode(), sealed)
    for row in {row.id: row for rows in text.goods.values() for row in rows if row.picture}.values():
        sealed_picture = "default-src 'none'; sandbox"
        content = images.as_webp(row.picture)
        yield SiteFile(f"/_g/{goods.picture_name(row)}", "image/webp", content, sealed_picture, immutable=True)
    yield SiteFile("/favicon.svg", svg, rendering.favicon(text).encode(), "default-src 'none'; sandbox")
    javascript = "text/javascript; charset=utf-8"
    for name in ("page.js", "form.js"):
        yield SiteFile(rendering.script_path(name), javascript, rendering.script(name).encode(), immutable=True)
    yield SiteFile("/_s/embed.js", javascript, rendering.script("embed.js").encode())
    robots = f"User-agent: *\nDisallow: /_f/\nSitemap: {text.address}/sitemap.xml\n"
    yield SiteFile("/robots.txt", "text/plain; charset=utf-8", robots.encode())
    urls = "".join(f"<url><loc>{text.address}/{page.path}</loc></url>" for page in text.pages if not page.hidden)
    sitemap = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'
    yield SiteFile("/sitemap.xml", "application/xml", sitemap.encode())


def _html(path: str, page: rendering.Rendered) -> SiteFile:
    return SiteFile(path, "text/html; charset=utf-8", page.html.encode(), page.policy, links=page.links)


def _store(root: str, text: SiteText, redirects: Sequence[Sequence[str]] = ()) -> int:
    """Write all files and the manifest that lists them; returns bytes written. The manifest comes last."""
    storage = get_storage()
    size = 0
    entries: dict[str, dict[str, Any]] = {}
    for order, file in enumerate(files_of(text)):
        entry: dict[str, Any] = {
            "key": f"{root}/f{order}",
            "type": file.content_type,
            "tag": hashlib.sha256(file.content).hexdigest()[:24],
            "policy": file.policy,
            "immutable": file.immutable,
            "links": file.links,
            "encodings": [],
        }
        size += storage.put(entry["key"], file.content, file.content_type).size
        if len(file.content) >= _COMPRESSED_FROM and not file.content_type.startswith("image/webp"):
            for name, packed in (
                ("br", brotli.compress(file.content)),
                ("gzip", gzip.compress(file.content, 9, mtime=0)),
            ):
                size += storage.put(f"{entry['key']}.{name}", packed, "application/octet-stream").size
                entry["encodings"].append(name)
        if file.trial:
            entry["trial"] = file.trial
        if file.side == "b":
            entries[file.path]["rival"] = entry
        else:
            entries[file.path] = entry
    for picture in text.pictures.values():
        entries[f"/_a/{picture.name}"] = _image(picture.key, picture.name, "webp")
        for width, kind, key in picture.sizes:
            name = f"{picture.name}-{width}"
            entries[f"/_a/{name}.{kind}"] = _image(key, f"{name}.{kind}", kind)
    for public_id, design in text.forms.items():
        if design.file_key:
            entries[f"/_f/{public_id}/file"] = {"key": design.file_key, "download": design.file_name, "encodings": []}
    sold = sorted({row.id for rows in text.goods.values() for row in rows})
    entries["/_p"] = {"goods": sold}
    for start, target in redirects:
        entries.setdefault(start, {"redirect": target})
    return size + storage.put(f"{root}/manifest", json.dumps(entries).encode(), "application/json").size


def _image(key: str, tag: str, kind: str) -> dict[str, Any]:
    policy = "default-src 'none'; sandbox"
    return {"key": key, "type": f"image/{kind}", "tag": tag, "policy": policy, "immutable": True, "encodings": []}


def _switch(actor: Actor, locked: Site, publication: Publication | None, action: str) -> None:
    """Point the site and its public host at ``publication`` in the caller's transaction."""
    now = timezone.now()
    before = locked.publication
    if before is not None:
        Publication.objects.filter(pk=before.pk).update(replaced_at=now)
    if publication is not None:
        Publication.objects.filter(pk=publication.pk).update(replaced_at=None)
    Site.objects.filter(pk=locked.pk).update(publication=publication)
    hosts.point(locked, publication.root if publication else "")
    audit.record(
        actor,
        action=action,
        ref=ref_of(locked),
        changes={"version": (before.number if before else None, publication.number if publication else None)},
    )


def _current() -> Any:
    return Site.objects.exclude(publication=None).values("publication_id")


def _discard(root: str) -> None:
    """Take back files of a publishing that did not come true; the sweeper finds what cannot be removed now."""
    try:
        get_storage().delete_prefix(root)
    except StorageUnavailable:
        return
