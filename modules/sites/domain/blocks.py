"""The blocks a page is put together from: each is a piece of HTML in our vocabulary, drawn from a template with texts.

The editor offers them with sample texts; site templates draw the same blocks with texts of their own. What a page holds
afterwards is plain HTML, so a block can be changed freely and later changes here touch no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.kit.errors import Text
from modules.sites.domain.samples import SAMPLES
from modules.sites.domain.vocabulary import clean_page

CATEGORIES: dict[str, Text] = {
    "cover": _("Covers"),
    "text": _("Text"),
    "columns": pgettext_lazy("of a page", "Columns"),
    "media": _("Pictures and video"),
    "why": _("Advantages"),
    "trust": _("Trust"),
    "sell": _("Prices and offers"),
    "contact": _("Forms and contacts"),
    "frame": _("Header and footer"),
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """One block of the catalogue: where it is listed, how it is called, its icon (a name of Tabler's)."""

    key: str
    category: str
    title: Text
    icon: str
    sample: Mapping[str, Any] = field(default_factory=dict)


def _block(key: str, category: str, title: Text, icon: str) -> Block:
    return Block(key=key, category=category, title=title, icon=icon, sample=SAMPLES.get(key, {}))


#: Offered to those who may put own code on sites.
OWN = frozenset({"frame", "html"})
BLOCKS: dict[str, Block] = {
    block.key: block
    for block in (
        _block("cover-split", "cover", _("Cover with a picture"), "layout-sidebar-right"),
        _block("cover-center", "cover", _("Cover in the middle"), "align-center"),
        _block("cover-picture", "cover", _("Cover over a wide picture"), "photo"),
        _block("cover-form", "cover", _("Cover with a form"), "layout-board-split"),
        _block("cover-person", "cover", _("Portrait and name"), "user-circle"),
        _block("page-title", "cover", _("Title of a page"), "h-1"),
        _block("heading", "text", _("Heading"), "heading"),
        _block("text", "text", _("Text"), "align-left"),
        _block("text-two", "text", _("Text in two columns"), "columns"),
        _block("text-picture", "text", _("Text, picture right"), "layout-align-right"),
        _block("picture-text", "text", _("Text, picture left"), "layout-align-left"),
        _block("quote", "text", _("Quotation"), "quote"),
        _block("checklist", "text", _("List with ticks"), "list-check"),
        _block("note", "text", _("Notice"), "info-circle"),
        _block("table", "text", _("Table"), "table"),
        _block("columns-2", "columns", _("Two columns"), "columns-2"),
        _block("columns-3", "columns", _("Three columns"), "columns-3"),
        _block("columns-4", "columns", _("Four columns"), "layout-columns"),
        _block("divider", "columns", _("Line"), "separator-horizontal"),
        _block("gallery", "media", _("Gallery"), "library-photo"),
        _block("picture", "media", _("Picture"), "photo"),
        _block("picture-wide", "media", _("Picture over the whole width"), "panorama-horizontal"),
        _block("before-after", "media", _("Before and after"), "arrows-left-right"),
        _block("video", "media", _("Video"), "brand-youtube"),
        _block("logos", "media", _("Names of clients"), "building-skyscraper"),
        _block("features", "why", _("Advantages as cards"), "layout-grid"),
        _block("features-plain", "why", _("Advantages in a row"), "layout-list"),
        _block("features-picture", "why", _("Advantages with a picture"), "layout-sidebar"),
        _block("numbers", "why", _("Numbers"), "hash"),
        _block("steps", "why", _("Steps"), "list-numbers"),
        _block("programme", "why", _("Programme"), "timeline"),
        _block("promise", "why", _("Guarantees"), "shield-check"),
        _block("reviews", "trust", _("Reviews"), "message-star"),
        _block("review", "trust", _("One review"), "star"),
        _block("team", "trust", _("Team"), "users"),
        _block("questions", "trust", _("Questions and answers"), "help-circle"),
        _block("prices", "sell", _("Plans to choose from"), "tags"),
        _block("price-list", "sell", _("Price list"), "list-details"),
        _block("services", "sell", _("Services with prices"), "tools"),
        _block("goods", "sell", _("Goods with pictures"), "shopping-bag"),
        _block("catalogue", "sell", _("Goods from your catalogue"), "building-store"),
        _block("offer", "sell", _("Offer with a button"), "speakerphone"),
        _block("countdown", "sell", _("Countdown"), "clock"),
        _block("button", "sell", _("Button"), "hand-click"),
        _block("form", "contact", _("Form"), "forms"),
        _block("form-side", "contact", _("Form beside a text"), "layout-columns"),
        _block("contacts", "contact", _("Contacts"), "address-book"),
        _block("map", "contact", _("Map as a picture"), "map-pin"),
        _block("hours", "contact", _("Opening hours"), "clock-hour-4"),
        _block("talk", "contact", _("Call and chat"), "message-circle"),
        _block("call-bar", "contact", _("Call button that stays"), "phone-call"),
        _block("links", "contact", _("List of links"), "link"),
        _block("frame", "contact", _("Page of another service"), "app-window"),
        _block("html", "text", _("Own HTML"), "code"),
        _block("header", "frame", _("Header with menu and button"), "layout-navbar"),
        _block("header-center", "frame", _("Header in the middle"), "layout-navbar-expand"),
        _block("header-plain", "frame", _("Header without menu"), "layout-navbar-collapse"),
        _block("footer", "frame", _("Footer with contacts"), "layout-bottombar"),
        _block("footer-plain", "frame", _("Plain footer"), "layout-bottombar-collapse"),
    )
}


def draw(key: str, content: Mapping[str, Any]) -> str:
    """The HTML of block ``key`` with the texts of ``content``; ``tone`` is soft, dark or accent. Raises KeyError."""
    tone = f" s-{content['tone']}" if content.get("tone") else ""
    return clean_page(render_to_string(f"sites/blocks/{BLOCKS[key].key}.html", {**content, "tone": tone}))


def sample(key: str, *, form: str = "", name: str = "") -> str:
    """Block ``key`` with sample texts in the active language, for the form ``form`` and a company called ``name``."""
    until = (timezone.now() + timedelta(days=14)).date().isoformat()
    content = {"form": form, "until": until, "link": "#contact", **BLOCKS[key].sample}
    if BLOCKS[key].category == "frame":
        content["title"] = name
    return draw(key, content)
