"""A site as one ZIP: the finished pages for any web server, and `site.json` to make the same site again."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any, BinaryIO

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.translation import gettext as _

from infra.adapters.storage import get_storage
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid
from modules.sites.domain import images, publishing
from modules.sites.domain.access import MANAGE, VIEW
from modules.sites.domain.form import add_form, design_form
from modules.sites.domain.page import add_page, edit_page
from modules.sites.domain.site import create_site, design_site
from modules.sites.models import Page, PageKind, Site

LARGEST = 100 * 1024**2
LARGEST_UNPACKED = 300 * 1024**2
_PAGE = ("kind", "title", "path", "description", "html", "in_menu", "menu_title", "hidden", "draft", "bare", "language")
_FORM = ("name", "fields", "submit_label", "thank_you", "redirect_url", "origins", "popup")
_NAME = re.compile(r"[0-9a-f]{32}")


def pack(*, actor: Actor, site: Site) -> bytes:
    """The ZIP of ``site`` as its editors have it now. Raises Denied."""
    require_permission(actor, VIEW)
    text = publishing.site_text(site, 0)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parcel:
        parcel.writestr("site.json", json.dumps(_described(site), ensure_ascii=False, indent=1))
        for file in publishing.files_of(text):
            if file.side == "b":
                continue
            name = file.path.strip("/") or "index"
            parcel.writestr(f"{name}.html" if file.content_type.startswith("text/html") else name, file.content)
        for picture in text.pictures.values():
            parcel.writestr(f"_a/{picture.name}", get_storage().read(picture.key))
    return out.getvalue()


def unpack(*, actor: Actor, name: str, slug: str, stream: BinaryIO) -> Site:
    """A new site out of a ZIP that ``pack`` made; everything in it is checked and cleaned like what people type.

    Raises Denied, ReadOnly, Invalid, LimitReached.
    """
    require_permission(actor, MANAGE)
    content = stream.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise _unreadable()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parcel:
            if sum(entry.file_size for entry in parcel.infolist()) > LARGEST_UNPACKED:
                raise _unreadable()
            data = json.loads(parcel.read("site.json"))
            pictures = {
                str(row["name"]): (parcel.read(f"_a/{row['name']}"), str(row.get("alt", "")))
                for row in data["pictures"]
                if _NAME.fullmatch(str(row["name"]))
            }
            with transaction.atomic():
                return _build(actor, name or str(data["name"])[:120], slug, data, pictures)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable() from error


def copy_site(*, actor: Actor, site: Site, slug: str = "") -> Site:
    """A second site like ``site``, unpublished, at an address of its own. Raises Denied, ReadOnly, Invalid."""
    name = _("%(title)s (copy)") % {"title": site.name[:100]}
    return unpack(actor=actor, name=name, slug=slug, stream=io.BytesIO(pack(actor=actor, site=site)))


def _described(site: Site) -> dict[str, Any]:
    pages = site.pages.exclude(kind=PageKind.RIVAL)
    return {
        "name": site.name,
        "language": site.language,
        "theme": publishing.theme_of(site).to_json(),
        "pages": [{name: getattr(page, name) for name in _PAGE} for page in pages],
        "forms": [
            {"public_id": form.public_id, **{name: getattr(form, name) for name in _FORM}}
            for form in site.forms.order_by("pk")
        ],
        "pictures": [{"name": row.name, "alt": row.alt} for row in site.assets.order_by("pk")],
    }


def _build(actor: Actor, name: str, slug: str, data: dict[str, Any], pictures: dict[str, tuple[bytes, str]]) -> Site:
    site = create_site(actor=actor, name=name, slug=slug, language=str(data["language"]), bare=True)
    site = design_site(actor=actor, site=site, version=site.version, theme=data["theme"])
    swaps: dict[str, str] = {}
    for row in data["forms"]:
        form = add_form(actor=actor, site=site, name=str(row["name"]), fields=row["fields"])
        redirect = str(row.get("redirect_url", ""))
        design_form(
            actor=actor,
            form=form,
            version=form.version,
            name=form.name,
            fields=form.fields,
            submit_label=str(row["submit_label"]),
            thank_you=str(row["thank_you"]),
            redirect_url=redirect if _is_url(redirect) else "",
            origins=[str(item) for item in row.get("origins", ())],
            popup={key: str(value) for key, value in dict(row.get("popup") or {}).items()},
        )
        swaps[str(row["public_id"])] = form.public_id
    for old, (content, alt) in pictures.items():
        stored = images.upload_image(actor=actor, site=site, stream=io.BytesIO(content), alt=alt)
        swaps[old] = stored.name
    for row in data["pages"]:
        _page(actor, site, row, swaps)
    return site


def _page(actor: Actor, site: Site, row: dict[str, Any], swaps: dict[str, str]) -> Page:
    html = str(row["html"])
    for old, new in swaps.items():
        html = html.replace(old, new)
    kind = PageKind(str(row["kind"]))
    page = add_page(actor=actor, site=site, title=str(row["title"]), path=str(row["path"]), html=html, kind=kind)
    settings = {name: row[name] for name in _PAGE[5:]}
    return edit_page(
        actor=actor,
        page=page,
        version=page.version,
        title=page.title,
        path=page.path,
        description=str(row["description"]),
        html=page.html,
        **settings,
    )


def _is_url(text: str) -> bool:
    try:
        URLValidator(["http", "https"])(text)
    except ValidationError:
        return False
    return True


def _unreadable() -> Invalid:
    return Invalid(fields={"file": [_("This is no ZIP of a site that was exported here, or it is over 100 MB.")]})
