"""What search engines and messengers read of a page, and what they would miss."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from infra.kit.errors import Text
from modules.sites.domain.texts import PageText, SiteText
from modules.sites.models import Page, PageKind

_QUESTION = re.compile(r"<details[^>]*><summary[^>]*>(.*?)</summary>(.*?)</details>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_IMAGE = re.compile(r"<img([^>]*)>")
_HEADING = re.compile(r"<h([1-4])[ >]")


@dataclass(frozen=True, kw_only=True)
class Head:
    """Canonical address, picture and texts of a page's head, its language versions, and its facts as JSON-LD."""

    canonical: str
    image: str
    versions: tuple[tuple[str, str], ...]
    facts: SafeString


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One line of the checklist: whether it is well, and what to do where it is not."""

    key: str
    good: bool
    text: Text


def head_of(site: SiteText, page: PageText, title: str, main: str) -> Head:
    """The head of ``page``, whose drawn content is ``main``."""
    canonical = f"{site.address}/{page.path}"
    image = page.share_image or site.share_image
    facts: list[dict[str, Any]] = [
        {
            "@context": "https://schema.org",
            "@type": "WebPage",
            "name": title,
            "url": canonical,
            "inLanguage": page.language or site.language,
            "isPartOf": {"@type": "WebSite", "name": site.name, "url": f"{site.address}/"},
        }
    ]
    if page.description:
        facts[0]["description"] = page.description
    questions = [(plain(question), plain(answer)) for question, answer in _QUESTION.findall(main)]
    if questions:
        facts.append(
            {
                "@context": "https://schema.org",
                "@type": "FAQPage",
                "mainEntity": [
                    {"@type": "Question", "name": question, "acceptedAnswer": {"@type": "Answer", "text": answer}}
                    for question, answer in questions
                ],
            }
        )
    return Head(
        canonical=canonical,
        image=f"{site.address}/_a/{image}" if image in site.pictures else "",
        versions=_versions(site, page),
        facts=mark_safe(_block(facts)),  # noqa: S308 -- JSON without any angle bracket
    )


def plain(html: str) -> str:
    """The text of a piece of HTML."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def _versions(site: SiteText, page: PageText) -> tuple[tuple[str, str], ...]:
    """Language and address of each version of a page that exists in several languages, itself among them."""
    group = page.translation_of or page.id
    same = [item for item in site.pages if group and group in (item.id, item.translation_of)]
    if len(same) < 2:
        return ()
    return tuple((item.language or site.language, f"{site.address}/{item.path}") for item in same)


def _block(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def checklist_of(page: Page) -> list[Remark]:
    """The checklist of a page that has an address of its own; nothing for any other."""
    if page.kind != PageKind.PAGE:
        return []
    return checklist(
        title=page.title,
        description=page.description,
        html=page.html,
        share_image=page.share_image or page.site.share_image,
        hidden=page.hidden,
    )


def checklist(*, title: str, description: str, html: str, share_image: str, hidden: bool) -> list[Remark]:
    """What to mend on a page so that people find it and can use it; good points come last."""
    images = [match for match in _IMAGE.findall(html) if 'src="/_a/' in match]
    nameless = sum(1 for match in images if ' alt="' not in match or ' alt=""' in match)
    levels = [int(level) for level in _HEADING.findall(html)]
    jumps = any(after - before > 1 for before, after in pairwise(levels))
    words = len(plain(html).split())
    reach = any(mark in html for mark in ('data-part="form"', 'href="tel:', 'href="mailto:'))
    shown = _("Search engines may show it.")
    checks: tuple[tuple[str, bool, Text], ...] = (
        ("hidden", not hidden, _("Hidden from search engines. Nobody will find it there.") if hidden else shown),
        (
            "title",
            10 <= len(title) <= 65,
            _("Give it a title of 10 to 65 characters: search engines show it as the link."),
        ),
        (
            "description",
            50 <= len(description) <= 300,
            _("Describe the page in 50 to 300 characters: it is shown under the link."),
        ),
        ("h1", levels.count(1) == 1, _("One big heading (level 1) says what the page is about.")),
        ("levels", not jumps, _("Headings go down one level at a time.")),
        ("alt", nameless == 0, _("Every picture of yours says what it shows.")),
        ("words", words >= 60, _("At least 60 words, so that there is something to find.")),
        ("share", bool(share_image), _("A picture for messengers makes people open the link.")),
        ("goal", reach, _("A form, a phone number or an e-mail address, so that people can reach you.")),
    )
    remarks = [Remark(key=key, good=good, text=text) for key, good, text in checks]
    return sorted(remarks, key=lambda remark: remark.good)
