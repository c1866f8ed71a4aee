"""Which published sites and files a smaller plan would touch."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from infra.kit.refs import RecordCard, RecordRef
from modules.sites.models import Asset, Page, Site, SubmissionFile


def sites_over(maximum: int, most: int) -> Sequence[RecordCard]:
    """The newest published sites beyond `maximum`, at most `most`."""
    published = Site.objects.exclude(publication=None).order_by("-pk")
    over = max(published.count() - maximum, 0)
    return [
        RecordCard(
            ref=RecordRef("sites", "site", one.pk),
            title=one.name,
            url=reverse("sites:site", args=[one.pk]),
            icon="world",
        )
        for one in published[: min(over, most)]
    ]


def own_code(most: int) -> Sequence[RecordCard]:
    """Sites with lines of their own in the head, then pages with own HTML or frames: these could not be changed."""
    sites = Site.objects.exclude(head_html="").order_by("-pk")[:most]
    pages = Page.objects.filter(Q(html__contains='data-part="frame"') | Q(html__regex=_OWN)).select_related("site")
    return [
        *(_card("site", one.pk, one.name, "sites:site", one.pk, "world") for one in sites),
        *(
            _card("page", one.pk, f"{one.site.name}: {one.title}", "sites:site", one.site_id, "file")
            for one in pages.order_by("-pk")[:most]
        ),
    ][:most]


_OWN = r'<div [^>]*class="([^"]* )?own( [^"]*)?"'


def largest_files(most: int) -> Sequence[tuple[int, RecordCard]]:
    """The largest images of sites, and files that visitors sent."""
    images = Asset.objects.select_related("site").order_by("-size")[:most]
    sent = SubmissionFile.objects.order_by("-size")[:most]
    return [
        *((one.size, _card("image", one.pk, _name(one), "sites:site", one.site_id)) for one in images),
        *((one.size, _card("file", one.pk, one.name, "sites:submission", one.submission_id)) for one in sent),
    ]


def _name(image: Asset) -> str:
    return f"{image.site.name}: {image.alt or image.name}"


def _card(kind: str, pk: int, title: str, page: str, at: int, icon: str = "") -> RecordCard:
    icon = icon or ("photo" if kind == "image" else "paperclip")
    return RecordCard(ref=RecordRef("sites", kind, pk), title=title, url=reverse(page, args=[at]), icon=icon)
