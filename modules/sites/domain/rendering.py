"""Turning pages and forms into the files that visitors get. No database is asked here."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from modules.sites.domain.blocks import Block, FormBlock, Hero, Image, RichText, parse_block
from modules.sites.domain.fields import LONGEST, Field
from modules.sites.domain.form import FormDesign
from modules.sites.domain.markup import clean_html
from modules.sites.domain.theme import palette

ASSETS = Path(__file__).resolve().parent.parent / "page_assets"
_SCRIPTS = {name: (ASSETS / name).read_text(encoding="utf-8") for name in ("form.js", "embed.js")}
MARKS = ("page_url", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_TYPES = {"phone": "tel", "email": "email"}
_AUTOCOMPLETE = {"name": "name", "phone": "tel", "email": "email"}


@dataclass(frozen=True, kw_only=True)
class ImageFile:
    """An image pages may show: its public name, size in pixels and storage key."""

    name: str
    width: int
    height: int
    key: str


@dataclass(frozen=True, kw_only=True)
class PageText:
    """A page as it is to be rendered."""

    title: str
    path: str
    description: str
    blocks: Sequence[Any]


@dataclass(frozen=True, kw_only=True)
class SiteText:
    """A whole site as it is to be rendered; ``forms`` by public id, ``images`` by name.

    A draft is drawn for the editor: nothing in it works, and only the portal may frame it.
    """

    name: str
    language: str
    color: str
    address: str
    number: int
    pages: Sequence[PageText]
    forms: Mapping[str, FormDesign] = field(default_factory=dict)
    images: Mapping[str, ImageFile] = field(default_factory=dict)
    draft: bool = False


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A finished document and the policy it must be served with."""

    html: str
    policy: str


def script(name: str) -> str:
    """The text of one of our page scripts."""
    return _SCRIPTS[name]


def script_path(name: str) -> str:
    """Its public address, which changes whenever its text does."""
    stem, _dot, ending = name.rpartition(".")
    return f"/_s/{stem}.{hashlib.sha256(script(name).encode()).hexdigest()[:12]}.{ending}"


def stylesheet(color: str) -> str:
    """The style of a site in its colour."""
    shades = palette(color)
    css = (ASSETS / "site.css").read_text(encoding="utf-8").replace("\n", "")
    for name in ("on_accent", "accent", "on_light", "on_dark"):
        css = css.replace(f"@{name}", getattr(shades, name))
    return css


def favicon(site: SiteText) -> str:
    """A small icon: the site's first letter on its colour."""
    shades = palette(site.color)
    letter = html.escape(site.name[:1].upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" '
        f'fill="{shades.accent}"/><text x="32" y="45" font-family="system-ui,sans-serif" font-size="38" '
        f'font-weight="700" text-anchor="middle" fill="{shades.on_accent}">{letter}</text></svg>'
    )


def render_page(site: SiteText, page: PageText) -> Rendered:
    """One page of the site as a document."""
    with translation.override(site.language):
        blocks = [parse_block(value) for value in page.blocks]
        shown = _prepare(site, blocks)
        designs = [
            site.forms[block.form] for block in blocks if isinstance(block, FormBlock) and block.form in site.forms
        ]
        first = page.path == ""
        return _document(
            site,
            "sites/public/page.html",
            {
                "title": site.name if first and page.title == site.name else f"{page.title} · {site.name}",
                "page": page,
                "home": "/",
                "nav": site.pages if len(site.pages) > 1 else (),
                "blocks": shown,
                "has_hero": any(isinstance(block, Hero) for block in blocks),
                "script": script_path("form.js") if designs else "",
            },
            designs,
        )


def render_form_page(
    site: SiteText,
    public_id: str,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    sentence: str = "",
) -> Rendered:
    """A form alone on a page: for frames on other sites, and to show faults to visitors without scripts."""
    design = site.forms[public_id]
    with translation.override(site.language):
        form = form_context(public_id, design, site.number, values=values, errors=errors, sentence=sentence)
        context = {
            "title": design.name,
            "form": form,
            "script": script_path("form.js"),
            "origins": " ".join(design.origins),
        }
        return _document(site, "sites/public/form_page.html", context, [design], frames=design.origins)


def render_thanks(site: SiteText, public_id: str) -> Rendered:
    """Where a visitor without scripts lands after sending."""
    design = site.forms[public_id]
    with translation.override(site.language):
        context = {"title": site.name, "message": design.thank_you, "back": "/", "back_text": _("Back to the site")}
        return _document(site, "sites/public/thanks.html", context, [], frames=design.origins)


def render_missing(site: SiteText) -> Rendered:
    """The page for addresses that lead nowhere."""
    with translation.override(site.language):
        context = {
            "title": site.name,
            "message": _("There is no such page here."),
            "back": "/",
            "back_text": _("Back to the site"),
        }
        return _document(site, "sites/public/missing.html", context, [])


def form_context(
    public_id: str,
    design: FormDesign,
    number: int,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    sentence: str = "",
) -> dict[str, Any]:
    """What the template of a form needs."""
    values, errors = values or {}, errors or {}
    return {
        "action": f"/_f/{public_id}",
        "number": number,
        "marks": [(name, values.get(name, "")) for name in MARKS],
        "submit_label": design.submit_label,
        "sentence": sentence,
        "has_required": any(item.required for item in design.fields),
        "fields": [_field_context(public_id, item, values, errors) for item in design.fields],
    }


def _field_context(
    public_id: str, item: Field, values: Mapping[str, str], errors: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    identity = f"{item.key}-{public_id[:6]}"
    return {
        "id": identity,
        "key": item.key,
        "kind": item.kind,
        "label": item.label,
        "hint": item.hint,
        "required": item.required,
        "options": item.options,
        "type": _TYPES.get(item.kind, "text"),
        "autocomplete": _AUTOCOMPLETE.get(item.kind, ""),
        "longest": LONGEST[item.kind],
        "described": f"{identity}h {identity}e" if item.hint else f"{identity}e",
        "value": values.get(item.key, ""),
        "error": " ".join(errors.get(item.key, ())),
    }


def _prepare(site: SiteText, blocks: Sequence[Block]) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    seen: set[str] = set()
    for block in blocks:
        row: dict[str, Any] = {"template": f"sites/public/block_{block.type}.html", "value": block}
        if isinstance(block, RichText):
            row["value"] = {"html": mark_safe(clean_html(block.html))}  # noqa: S308 -- cleaned in this very expression
        elif isinstance(block, Image):
            row["image"] = site.images.get(block.asset)
        elif isinstance(block, FormBlock) and block.form in site.forms and block.form not in seen:
            row["form"] = form_context(block.form, site.forms[block.form], site.number)
            row["anchor"] = "contact" if not seen else f"form-{len(seen) + 1}"
            seen.add(block.form)
        shown.append(row)
    return shown


def _document(
    site: SiteText,
    template: str,
    context: Mapping[str, Any],
    designs: Sequence[FormDesign],
    *,
    frames: Sequence[str] = (),
) -> Rendered:
    css = stylesheet(site.color)
    text = render_to_string(
        template,
        {
            "site": site,
            "address": site.address,
            "language": site.language,
            "draft": site.draft,
            "image_base": _draft_images() if site.draft else "/_a/",
            "css": mark_safe(css),  # noqa: S308 -- our own file with two checked colours in it
            **context,
        },
    )
    return Rendered(html=text, policy=_policy(css, designs, frames, draft=site.draft))


def _policy(css: str, designs: Sequence[FormDesign], frames: Sequence[str], *, draft: bool) -> str:
    """Nothing but our own style, script and images; forms post home, and on to where the form's owner sends people."""
    style = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    if draft:
        return (
            f"default-src 'none'; style-src 'sha256-{style}'; img-src 'self'; base-uri 'none'; frame-ancestors 'self'"
        )
    targets = dict.fromkeys(
        f"{parts.scheme}://{parts.netloc}"
        for parts in (urlsplit(design.redirect_url) for design in designs if design.redirect_url)
    )
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src 'sha256-{style}'",
            "script-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            " ".join(["form-action", "'self'", *targets]),
            "base-uri 'none'",
            " ".join(["frame-ancestors", *(frames or ["'none'"])]),
        ]
    )


def _draft_images() -> str:
    """Where the editor's preview finds images: on the portal itself."""
    return reverse("sites:asset", args=["x"])[:-1]
