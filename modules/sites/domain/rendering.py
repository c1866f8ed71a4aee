"""Turning pages and forms into the files that visitors get. No database is asked here."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from modules.sites.domain import arms, seo
from modules.sites.domain.blocks import draw
from modules.sites.domain.filling import Filling, fill
from modules.sites.domain.form import FormDesign
from modules.sites.domain.form_drawing import form_context
from modules.sites.domain.texts import PageText, SiteText
from modules.sites.domain.theme import Theme, drawing_colors, palette, variables
from modules.sites.domain.vocabulary import ASSETS, clean_head, clean_page

_SCRIPTS = {name: (ASSETS / name).read_text(encoding="utf-8") for name in ("form.js", "embed.js", "page.js")}
_CSS = (ASSETS / "site.css").read_text(encoding="utf-8").replace("\n", "")
ART = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ASSETS / "art").glob("*.svg"))}
_ART = re.compile(r'="/_i/([a-z-]+)\.svg"')


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A finished document and the policy it must be served with."""

    html: str
    policy: str
    links: str = ""


def script(name: str) -> str:
    """The text of one of our page scripts."""
    return _SCRIPTS[name]


def script_path(name: str) -> str:
    """Its public address, which changes whenever its text does."""
    stem, _dot, ending = name.rpartition(".")
    return f"/_s/{stem}.{hashlib.sha256(script(name).encode()).hexdigest()[:12]}.{ending}"


def stylesheet(theme: Theme) -> str:
    """The style of a site in its theme."""
    return variables(theme) + _CSS


def art(name: str, theme: Theme) -> str:
    """One of our illustrations in the colours of the theme. Raises KeyError."""
    text = ART[name]
    for place, color in drawing_colors(theme).items():
        text = text.replace(place, color)
    return text


def art_of(documents: Iterable[str]) -> set[str]:
    """Names of the illustrations that finished documents show."""
    return {name for text in documents for name in _ART.findall(text) if name in ART}


def favicon(site: SiteText) -> str:
    """A small icon: the site's first letter on its colour."""
    shades = palette(site.theme.accent)
    letter = html.escape(site.name[:1].upper())
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64"><rect width="64" height="64" rx="14" '
        f'fill="{shades.accent}"/><text x="32" y="45" font-family="system-ui,sans-serif" font-size="38" '
        f'font-weight="700" text-anchor="middle" fill="{shades.on_accent}">{letter}</text></svg>'
    )


def render_page(site: SiteText, page: PageText, side: str = "") -> Rendered:
    """One page of the site as a document; of two versions that are compared, the one of ``side`` ("a" or "b")."""
    language = page.language or site.language
    with translation.override(language):
        first = page.path == ""
        title = site.name if first and page.title == site.name else f"{page.title} · {site.name}"
        arm = arms.name_of(page.html, page.rival) + side if side else ""
        return _body(site, page, page.rival if side == "b" else page.html, title, language, arm)


def render_missing(site: SiteText) -> Rendered:
    """The page for addresses that lead nowhere."""
    with translation.override(site.language):
        title, back = _("There is no such page here."), _("Back to the site")
        made = site.missing or draw("cover-center", {"title": title, "button": back, "link": "/"})
        page = PageText(title=title, path="404", hidden=True, in_menu=False)
        return _body(site, page, made, f"{title} · {site.name}", site.language)


def _body(site: SiteText, page: PageText, content: str, title: str, language: str, arm: str = "") -> Rendered:
    shown: list[str] = []

    def form(public_id: str) -> str:
        design = site.forms.get(public_id)
        if design is None or public_id in shown:
            return ""
        shown.append(public_id)
        return render_to_string(
            "sites/public/form.html", {"form": form_context(public_id, design, site.number, values={"arm": arm})}
        )

    filling = Filling(
        form=form,
        menu=_menu(site, page),
        pictures=site.pictures,
        year=timezone.now().year,
        goods=site.goods,
        draft=site.draft,
        foreign_pages=site.foreign_pages,
        **(draft_bases(site.id) if site.draft else PUBLISHED_BASES),
    )
    header = site.header or draw("header", {"title": site.name})
    footer = site.footer or draw("footer-plain", {"title": site.name})
    main = fill(clean_page(content), filling)
    above = "" if page.bare else fill(clean_page(header), filling)
    filling.nav_label = _("All pages")
    below = "" if page.bare else fill(clean_page(footer), filling)
    parts = {name: mark_safe(text) for name, text in (("main", main), ("header", above), ("footer", below))}  # noqa: S308
    popups = [key for key, design in site.forms.items() if design.popup and key not in shown]
    popup = popups[0] if popups and not page.hidden else ""
    context = {
        "title": title,
        "page": page,
        "arm": arm,
        "popup": {"name": site.forms[popup].name, "form": mark_safe(form(popup)), **site.forms[popup].popup}  # noqa: S308
        if popup
        else None,
        "scripts": [script_path("page.js"), *([script_path("form.js")] if shown else [])],
        "own_head": mark_safe(clean_head(site.head)),  # noqa: S308 -- cleaned in this very expression
        "seo": seo.head_of(site, page, title, main),
        **parts,
    }
    return _document(
        site,
        "sites/public/page.html",
        context,
        [site.forms[key] for key in shown],
        language=language,
        foreign=filling.frames,
    )


class Bases(TypedDict):
    """Where pictures and drawings are, as addresses that end in a slash."""

    image_base: str
    art_base: str


PUBLISHED_BASES = Bases(image_base="/_a/", art_base="/_i/")


def draft_bases(site_id: int) -> Bases:
    """Where the editor finds pictures: on the portal itself."""
    return Bases(
        image_base=reverse("sites:asset", args=["x"])[:-1],
        art_base=reverse("sites:art", args=[site_id, "x.svg"])[: -len("x.svg")],
    )


def _menu(site: SiteText, page: PageText) -> list[tuple[str, str, bool]]:
    """Address, title, and whether it is this page, of the pages in this page's language that want to be in the menu."""
    here = page.language or site.language
    return [
        (f"/{item.path}", item.menu_title or item.title, item.path == page.path)
        for item in site.pages
        if item.in_menu and (item.language or site.language) == here
    ]


def render_form_page(
    site: SiteText,
    public_id: str,
    *,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    sentence: str = "",
) -> Rendered:
    """A form alone: for frames of other sites, for a link, and for visitors without scripts after a mistake."""
    design = site.forms[public_id]
    with translation.override(site.language):
        form = form_context(public_id, design, site.number, values=values, errors=errors, sentence=sentence)
        context = {"title": design.name, "form": form, "scripts": [script_path("form.js")]}
        context["origins"] = " ".join(design.origins)
        return _document(site, "sites/public/form_page.html", context, [design], frames=design.origins)


def render_thanks(site: SiteText, public_id: str) -> Rendered:
    """Where a visitor without scripts lands after sending."""
    design = site.forms[public_id]
    with translation.override(site.language):
        context = {
            "title": site.name,
            "message": design.thank_you,
            "back": "/",
            "back_text": _("Back to the site"),
            "file": f"/_f/{public_id}/file" if design.file_name else "",
            "file_name": design.file_name,
        }
        return _document(site, "sites/public/thanks.html", context, [], frames=design.origins)


def render_asked(site: SiteText, public_id: str) -> Rendered:
    """Where a visitor without scripts lands when a letter was sent that asks to confirm."""
    with translation.override(site.language):
        sentence = _(
            "One more step: we have sent you a letter. Open the link in it, so that we know the address is yours."
        )
        context = {"title": site.name, "message": sentence, "back": "/", "back_text": _("Back to the site")}
        return _document(site, "sites/public/thanks.html", context, [], frames=site.forms[public_id].origins)


def render_confirm(site: SiteText, public_id: str, *, good: bool, sentence: str = "") -> Rendered:
    """What the link of a letter opens: one button, or why it leads nowhere."""
    title = _("Confirm your e-mail address") if good else _("This link leads nowhere any more")
    context = {"title": title, "good": good, "sentence": sentence, "back_text": _("Back to the site")}
    return _document(site, "sites/public/confirm.html", context, [site.forms[public_id]])


def _document(
    site: SiteText,
    template: str,
    context: Mapping[str, Any],
    designs: Sequence[FormDesign],
    *,
    frames: Sequence[str] = (),
    foreign: Sequence[str] = (),
    language: str = "",
) -> Rendered:
    css = stylesheet(site.theme)
    text = render_to_string(
        template,
        {
            "site": site,
            "address": site.address,
            "language": language or site.language,
            "draft": site.draft,
            "css": mark_safe(css),  # noqa: S308 -- our own file after values out of fixed lists and a checked colour
            **context,
        },
    )
    scripts = () if site.draft else context.get("scripts", ())
    links = ", ".join(f"<{path}>; rel=preload; as=script" for path in scripts)
    return Rendered(html=text, policy=_policy(css, designs, frames, foreign, draft=site.draft), links=links)


def _policy(
    css: str, designs: Sequence[FormDesign], frames: Sequence[str], foreign: Sequence[str], *, draft: bool
) -> str:
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
    rules = [
        "default-src 'none'",
        f"style-src 'sha256-{style}'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        " ".join(["form-action", "'self'", *targets]),
        "base-uri 'none'",
        " ".join(["frame-ancestors", *(frames or ["'none'"])]),
    ]
    if foreign:
        rules.append(" ".join(["frame-src", *dict.fromkeys(foreign)]))
    return "; ".join(rules)
