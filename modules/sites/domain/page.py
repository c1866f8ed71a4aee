"""Verbs of pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid
from modules.sites.domain.access import MANAGE, ref_of
from modules.sites.domain.blocks import Block, FormBlock, Image, parse_blocks
from modules.sites.domain.markup import one_line
from modules.sites.models import Asset, Form, Page, Site
from modules.sites.models.page import PATH

MOST_PAGES = 50


def add_page(*, actor: Actor, site: Site, title: str, path: str) -> Page:
    """A new empty page of a site. Raises Denied, ReadOnly, Invalid."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    title, path, _description = _checked(title, path, "")
    try:
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=site.pk)
            if site.pages.count() >= MOST_PAGES:
                raise Invalid(fields={"title": [_("A site has at most %(count)d pages.") % {"count": MOST_PAGES}]})
            last = site.pages.aggregate(last=Max("position"))["last"]
            page = Page.objects.create(site=site, title=title, path=path, position=0 if last is None else last + 1)
            audit.record(actor, action="page.add", ref=ref_of(page), changes={"title": (None, title)})
    except IntegrityError as error:
        raise Invalid(fields={"path": [_("Another page of this site has this address.")]}) from error
    return page


def edit_page(
    *, actor: Actor, page: Page, version: int, title: str, path: str, description: str, blocks: Sequence[Any]
) -> Page:
    """Replace what a page says; visitors see it after the next publishing.

    ``blocks`` is JSON, cleaned here. Raises Denied, ReadOnly, Invalid (nothing is saved then), Conflict when somebody
    saved after ``version``.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    title, path, description = _checked(title, path, description)
    clean = [block.to_json() for block in check_blocks(page.site, blocks)]
    try:
        with transaction.atomic():
            locked = Page.objects.select_for_update().get(pk=page.pk)
            if locked.version != version:
                raise Conflict
            before = (locked.title, locked.path, locked.description, locked.blocks)
            if before != (title, path, description, clean):
                changes = {"title": (locked.title, title), "path": (locked.path, path)}
                locked.title, locked.path, locked.description, locked.blocks = title, path, description, clean
                locked.save()
                audit.record(
                    actor,
                    action="page.edit",
                    ref=ref_of(locked),
                    changes={key: pair for key, pair in changes.items() if pair[0] != pair[1]},
                )
    except IntegrityError as error:
        raise Invalid(fields={"path": [_("Another page of this site has this address.")]}) from error
    return locked


def delete_page(*, actor: Actor, page: Page) -> None:
    """Remove a page other than the first one (its path is empty). Raises Denied, ReadOnly, Conflict."""
    require_permission(actor, MANAGE)
    gates.require_writable()
    if not page.path:
        raise Conflict(_("A site keeps its first page. Change what it says instead."), code="first_page")
    with transaction.atomic():
        audit.record(actor, action="page.delete", ref=ref_of(page), changes={"title": (page.title, None)})
        page.delete()


def check_blocks(site: Site, values: Sequence[Any]) -> tuple[Block, ...]:
    """``values`` as clean blocks whose images and forms belong to ``site``. Raises Invalid."""
    blocks = parse_blocks(values)
    images = set(Asset.objects.filter(site=site).values_list("name", flat=True))
    forms = set(Form.objects.filter(site=site).values_list("public_id", flat=True))
    errors: dict[str, list[str]] = {}
    for number, block in enumerate(blocks):
        if isinstance(block, Image) and block.asset and block.asset not in images:
            errors[f"blocks.{number}.asset"] = [_("Upload the image again.")]
        if isinstance(block, FormBlock) and block.form and block.form not in forms:
            errors[f"blocks.{number}.form"] = [_("Choose a form of this site.")]
    if errors:
        raise Invalid(fields=errors)
    return blocks


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
