"""Verbs of sites: start one, change it, remove it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra import audit
from infra.db.current import current_portal
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from modules.sites.domain import hosts, presets, site_templates
from modules.sites.domain.access import CODE, MANAGE, OWN_CODE, PUBLISH, ref_of
from modules.sites.domain.markup import one_line, safe_link
from modules.sites.domain.theme import parse_theme
from modules.sites.domain.vocabulary import clean_head
from modules.sites.models import Form, Page, Site
from modules.sites.models.site import COLOR
from tenants.portals.public import take_back_domain

MOST_REDIRECTS = 200
_FROM = re.compile(r"/[A-Za-z0-9._~/-]{1,200}")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,38}[a-z0-9])")


def create_site(
    *,
    actor: Actor,
    name: str,
    slug: str,
    language: str = "",
    theme_color: str = "#2f5bea",
    about: str = "",
    template: str = "",
    bare: bool = False,
) -> Site:
    """A new site with a ready first page and a contact form, not yet published; its host is ours from now on.

    With ``template`` it has that template's pages, form and look; else ``about`` says in a sentence what the company
    does, and the page opens with it; a ``bare`` one is empty. An empty ``slug`` is made from the name.

    Raises Denied, ReadOnly, Invalid (also when the address is taken by any company).
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    language = language or translation.get_language() or settings.LANGUAGE_CODE
    values = _checked(name=name, language=language, theme_color=theme_color)
    if template:
        look = parse_theme(site_templates.theme_of_template(template)).to_json()
        values |= {"theme_color": look.pop("accent"), "look": look}
    slug = slug.strip().lower() or hosts.suggest(name)
    if not _SLUG.fullmatch(slug) or "--" in slug or slug in hosts.RESERVED:
        raise Invalid(
            fields={"slug": [_("3 to 40 letters a-z, digits and single hyphens; some words are kept for the service.")]}
        )
    try:
        with transaction.atomic():
            site = Site.objects.create(slug=slug, **values)
            hosts.claim(site, current_portal())
            if bare:
                pass
            elif template:
                site_templates.furnish_from(actor=actor, site=site, key=template)
            else:
                presets.furnish(site, actor, about)
            audit.record(actor, action="site.create", ref=ref_of(site), changes={"name": (None, site.name)})
    except IntegrityError as error:
        raise Invalid(fields={"slug": [_("This address is taken. Try another one.")]}) from error
    return site


def prepare_first_site(*, actor: Actor, name: str, slug: str, about: str) -> Site | None:
    """The site a new company starts from, at ``slug`` or beside it; None where there is a site already, or no address.

    Raises Denied, ReadOnly, Invalid (field ``name``).
    """
    if Site.objects.exists():
        return None
    for wish in (slug, f"{slug[:34]}-site"):
        try:
            return create_site(actor=actor, name=name[:120], slug=wish, about=about)
        except Invalid as error:
            if "slug" not in error.fields:
                raise
    return None


def edit_site(
    *,
    actor: Actor,
    site: Site,
    version: int,
    name: str,
    language: str,
    theme_color: str,
    redirects: Sequence[Sequence[str]] | None = None,
    head_html: str | None = None,
    share_image: str | None = None,
) -> Site:
    """Change name, language and colour; visitors see it after the next publishing.

    ``redirects`` are pairs of an old path and a new address; ``head_html`` is own code, and needs the right to it where
    it changes; ``share_image`` is the name of a picture of the site. Raises FeatureMissing, Denied, ReadOnly, Invalid,
    Conflict.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    values = _checked(name=name, language=language, theme_color=theme_color)
    if redirects is not None:
        values["redirects"] = _checked_redirects(redirects)
    if share_image is not None:
        if share_image and not site.assets.filter(name=share_image).exists():
            raise Invalid(fields={"share_image": [_("Choose a picture of this site.")]})
        values["share_image"] = share_image
    if head_html is not None and (head := clean_head(head_html)) != site.head_html:
        gates.require(OWN_CODE)
        require_permission(actor, CODE)
        values["head_html"] = head
    with transaction.atomic():
        locked = Site.objects.select_for_update().get(pk=site.pk)
        if locked.version != version:
            raise Conflict
        changes = {key: (getattr(locked, key), value) for key, value in values.items() if getattr(locked, key) != value}
        if changes:
            for key, value in values.items():
                setattr(locked, key, value)
            locked.save()
            audit.record(actor, action="site.edit", ref=ref_of(locked), changes=changes)
    return locked


def design_site(*, actor: Actor, site: Site, version: int, theme: Mapping[str, Any]) -> Site:
    """Change how the site looks; every page follows, visitors see it after the next publishing.

    ``theme`` is read by ``parse_theme``. Raises Denied, ReadOnly, Invalid, Conflict.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    wanted = parse_theme(theme).to_json()
    with transaction.atomic():
        locked = Site.objects.select_for_update().get(pk=site.pk)
        if locked.version != version:
            raise Conflict
        before = {**locked.look, "accent": locked.theme_color}
        if before != wanted:
            locked.theme_color, locked.look = wanted["accent"], {k: v for k, v in wanted.items() if k != "accent"}
            locked.save()
            audit.record(actor, action="site.edit", ref=ref_of(locked), changes={"look": (before, wanted)})
    return locked


def delete_site(*, actor: Actor, site: Site) -> None:
    """Remove an unpublished site, its pages and forms; what was sent is kept. Raises Denied, ReadOnly, Conflict."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    with transaction.atomic():
        locked = Site.objects.select_for_update().get(pk=site.pk)
        if locked.publication_id is not None:
            raise Conflict(_("Visitors still see this site. Unpublish it first, then delete it."), code="published")
        freed = sum(size for size in locked.publications.exclude(root="").values_list("size", flat=True))
        freed += sum(locked.assets.values_list("size", flat=True))
        audit.record(actor, action="site.delete", ref=ref_of(locked), changes={"name": (locked.name, None)})
        if locked.own_domain:
            take_back_domain(actor=actor, domain=locked.own_domain)
        hosts.release(locked)
        Page.objects.filter(site=locked).delete()
        Form.objects.filter(site=locked).delete()
        locked.delete()
        if freed:
            gates.release("portals.disk_bytes", freed)


def schedule_site(*, actor: Actor, site: Site, at: datetime | None) -> None:
    """Publish the site by itself at that moment, in the actor's name; None takes the plan back.

    Raises Denied, ReadOnly, Invalid for a moment that is over.
    """
    require_permission(actor, PUBLISH)
    gates.require_writable()
    if at is not None and at <= timezone.now():
        raise Invalid(fields={"at": [_("Choose a moment that is still to come.")]})
    with transaction.atomic():
        Site.objects.filter(pk=site.pk).update(publish_at=at, publish_by_id=actor.id if at else None)
        audit.record(
            actor,
            action="site.schedule",
            ref=ref_of(site),
            changes={"publish_at": (str(site.publish_at or ""), str(at or ""))},
        )


def _checked_redirects(given: Sequence[Sequence[str]]) -> list[list[str]]:
    rows = [[str(part) for part in row] for row in given]
    wrong = [row for row in rows if len(row) != 2 or not _FROM.fullmatch(row[0]) or not safe_link(row[1])]
    if wrong or len(rows) > MOST_REDIRECTS:
        raise Invalid(fields={"redirects": [_("One a line: the old path, a space, the new address. /old /new")]})
    return rows


def _checked(*, name: str, language: str, theme_color: str) -> dict[str, Any]:
    values = {"name": one_line(name), "language": language, "theme_color": theme_color.strip().lower()}
    errors: dict[str, list[str]] = {}
    if not 1 <= len(values["name"]) <= 120:
        errors["name"] = [_("Give the site a name of at most 120 characters.")]
    if language not in settings.LANGUAGES_OFFERED:
        errors["language"] = [_("Choose one of the offered languages.")]
    if not re.fullmatch(COLOR, values["theme_color"]):
        errors["theme_color"] = [_("Choose a colour like #2f5bea.")]
    if errors:
        raise Invalid(fields=errors)
    return values
