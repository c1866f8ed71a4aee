"""What the editor shows of a site: its pictures, our illustrations in its colours, its style."""

from __future__ import annotations

from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation

from infra.adapters.storage import get_storage
from infra.adapters.storage.safety import safe_headers
from infra.kit.access import Actor
from infra.kit.errors import Invalid, NotFound
from infra.kit.screens import screen
from modules.sites.domain import goods, images, publishing, rendering
from modules.sites.domain.access import MANAGE, VIEW, access_asset, access_site
from modules.sites.jobs import make_image_sizes
from modules.sites.models import Asset

SHOWN = 200


@screen(VIEW)
def asset(request: HttpRequest, name: str) -> HttpResponseBase:
    """An image for the editor and the preview."""
    found = access_asset(cast(Actor, request.user), name)
    response = FileResponse(get_storage().open(found.key))
    for header, value in safe_headers("image/webp", f"{name}.webp").items():
        response[header] = value
    return response


@screen(VIEW)
def art(request: HttpRequest, site_id: int, name: str) -> HttpResponse:
    """One of our illustrations in the colours of the site."""
    site = access_site(cast(Actor, request.user), site_id)
    stem = name.removesuffix(".svg")
    if stem not in rendering.ART:
        raise NotFound
    response = HttpResponse(rendering.art(stem, publishing.theme_of(site)), content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return response


@screen(VIEW)
def goods_part(request: HttpRequest, site_id: int) -> HttpResponse:
    """Goods of the catalogue as they stand on a page, for the editor's canvas; empty where nothing is for sale."""
    site = access_site(cast(Actor, request.user), site_id)
    with translation.override(site.language):
        rows = goods.shown(request.GET.get("section", "")[:12], request.GET.get("count", "")[:2])
    cards = goods.cards(rows, rendering.draft_bases(site.pk)["art_base"], draft=True)
    return HttpResponse(f'<ul class="grid cols-3">{cards}</ul>' if rows else "")


@screen(VIEW)
def stylesheet(request: HttpRequest, site_id: int) -> HttpResponse:
    """The style of the site, for the editor's canvas."""
    site = access_site(cast(Actor, request.user), site_id)
    response = HttpResponse(rendering.stylesheet(publishing.theme_of(site)), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response


@screen(MANAGE, methods=("GET", "POST"))
def pictures(request: HttpRequest, site_id: int) -> JsonResponse:
    """The pictures of a site, newest first, and our illustrations; POST uploads one with the words for the blind."""
    actor = cast(Actor, request.user)
    site = access_site(actor, site_id)
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            raise Invalid(fields={"image": [images.choose_first()]})
        stored = images.upload_image(actor=actor, site=site, stream=cast(Any, file), alt=request.POST.get("alt", ""))
        make_image_sizes.enqueue(stored.pk)
        return JsonResponse(_row(stored), status=201)
    rows = [_row(row) for row in site.assets.order_by("-pk")[:SHOWN]]
    base = rendering.draft_bases(site.pk)["art_base"]
    drawn = [{"src": f"{base}{name}.svg", "width": 960, "height": 720, "alt": ""} for name in rendering.ART]
    return JsonResponse({"pictures": rows, "art": drawn})


def _row(asset: Asset) -> dict[str, Any]:
    return {
        "src": reverse("sites:asset", args=[asset.name]),
        "width": asset.width,
        "height": asset.height,
        "alt": asset.alt,
    }
