"""A site as one ZIP: the finished pages for any web server, and `site.json` to make the same site again.

The ZIP may end up on a public web server, so nobody is named in it. People, pipelines and kinds of records stand there
by number, and count only where the ZIP comes back to its own portal; elsewhere a form becomes a lead of nobody yet."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import orjson
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.validators import URLValidator
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from infra.adapters.storage import get_storage
from infra.db.current import portal_schema
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid
from modules.sites.domain import images, publishing
from modules.sites.domain.access import MANAGE, VIEW
from modules.sites.domain.destination import Destination, parse_destination, questions
from modules.sites.domain.form import add_form, design_form, hand_out
from modules.sites.domain.page import add_page, edit_page
from modules.sites.domain.site import create_site, design_site, edit_site
from modules.sites.domain.trial import make_rival
from modules.sites.models import Form, Page, PageKind, Site

LARGEST = 100 * 1024**2
LARGEST_UNPACKED = 300 * 1024**2
_PAGE = ("kind", "title", "path", "description", "html", "in_menu", "menu_title", "hidden", "draft", "bare", "language")
_FORM = (
    "name", "fields", "submit_label", "thank_you", "redirect_url", "origins", "popup", "destination", "letter",
    "responsible_id", "file_name",
)  # fmt: skip
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
        for form in site.forms.exclude(file_key=""):
            parcel.writestr(_handed({"public_id": form.public_id}), get_storage().read(form.file_key))
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
            data = orjson.loads(parcel.read("site.json"))
            pictures = {
                str(row["name"]): (parcel.read(f"_a/{row['name']}"), str(row.get("alt", "")))
                for row in data["pictures"]
                if _NAME.fullmatch(str(row["name"]))
            }
            handed = {str(row["public_id"]): parcel.read(_handed(row)) for row in data["forms"] if row.get("file_name")}
            with transaction.atomic():
                return _build(actor, name or str(data["name"])[:120], slug, data, pictures, handed)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable() from error


def copy_site(*, actor: Actor, site: Site, slug: str = "") -> Site:
    """A second site like ``site``, unpublished, at an address of its own. Raises Denied, ReadOnly, Invalid."""
    name = _("%(title)s (copy)") % {"title": site.name[:100]}
    return unpack(actor=actor, name=name, slug=slug, stream=io.BytesIO(pack(actor=actor, site=site)))


def _described(site: Site) -> dict[str, Any]:
    pages = site.pages.exclude(kind=PageKind.RIVAL).select_related("rival", "translation_of")
    return {
        "name": site.name,
        "language": site.language,
        "portal": _portal(),
        "theme": publishing.theme_of(site).to_json(),
        "redirects": site.redirects,
        "head": site.head_html,
        "share_image": site.share_image,
        "pages": [_page_described(page) for page in pages],
        "forms": [
            {"public_id": form.public_id, **{name: getattr(form, name) for name in _FORM}}
            for form in site.forms.order_by("pk")
        ],
        "pictures": [{"name": row.name, "alt": row.alt} for row in site.assets.order_by("pk")],
    }


def _page_described(page: Page) -> dict[str, Any]:
    rival = getattr(page, "rival", None)
    return {
        **{name: getattr(page, name) for name in _PAGE},
        "share_image": page.share_image,
        "translates": page.translation_of.path if page.translation_of else None,
        "rival": rival.html if rival else None,
    }


def _build(
    actor: Actor,
    name: str,
    slug: str,
    data: dict[str, Any],
    pictures: dict[str, tuple[bytes, str]],
    handed: dict[str, bytes],
) -> Site:
    site = create_site(actor=actor, name=name, slug=slug, language=str(data["language"]), bare=True)
    site = design_site(actor=actor, site=site, version=site.version, theme=data["theme"])
    swaps: dict[str, str] = {}
    for row in data["forms"]:
        form = _form(actor, site, row, home=data.get("portal") == _portal())
        if row.get("file_name"):
            file = SimpleUploadedFile(str(row["file_name"]), handed[str(row["public_id"])])
            hand_out(actor=actor, form=form, file=file)
        swaps[str(row["public_id"])] = form.public_id
    for old, (content, alt) in pictures.items():
        stored = images.upload_image(actor=actor, site=site, stream=io.BytesIO(content), alt=alt)
        swaps[old] = stored.name
    site = edit_site(
        actor=actor,
        site=site,
        version=site.version,
        name=site.name,
        language=site.language,
        theme_color=site.theme_color,
        redirects=[list(row) for row in data.get("redirects", ())],
        head_html=str(data.get("head", "")),
        share_image=swaps.get(str(data.get("share_image")), ""),
    )
    made = [(_page(actor, site, row, swaps), row) for row in data["pages"]]
    places = {page.path: page for page, _row in made if page.kind == PageKind.PAGE}
    for page, row in made:
        if row.get("translates") in places:
            Page.objects.filter(pk=page.pk).update(translation_of=places[row["translates"]])
    return site


def _form(actor: Actor, site: Site, row: dict[str, Any], *, home: bool) -> Form:
    destination = _destination(row, home=home)
    offered = {question.key for question in questions(destination.kind)}
    fields = [{**item, "target": item["target"] if item.get("target") in offered else ""} for item in row["fields"]]
    form = add_form(actor=actor, site=site, name=str(row["name"]), fields=fields)
    redirect = str(row.get("redirect_url", ""))
    try:
        parse_destination(destination.to_json(), [item["key"] for item in form.fields])
    except Invalid:  # a person or a pipeline has gone since
        destination = Destination(join=destination.join)
    people = get_user_model()._default_manager.filter(is_active=True)
    person = people.filter(pk=row.get("responsible_id")).first() if home else None
    return design_form(
        actor=actor,
        form=form,
        version=form.version,
        name=form.name,
        fields=form.fields,
        submit_label=str(row["submit_label"]),
        thank_you=str(row["thank_you"]),
        redirect_url=redirect if _is_url(redirect) else "",
        responsible_id=person.pk if person else None,
        origins=[str(item) for item in row.get("origins", ())],
        popup={key: str(value) for key, value in dict(row.get("popup") or {}).items()},
        destination=destination.to_json(),
        letter=dict(row.get("letter") or {}),
    )


def _destination(row: Mapping[str, Any], *, home: bool) -> Destination:
    given = row.get("destination") or {"join": True}
    return Destination.from_json(given) if home else Destination(join=bool(given.get("join")))


def _page(actor: Actor, site: Site, row: dict[str, Any], swaps: dict[str, str]) -> Page:
    kind = PageKind(str(row["kind"]))
    html = _swapped(row["html"], swaps)
    page = add_page(actor=actor, site=site, title=str(row["title"]), path=str(row["path"]), html=html, kind=kind)
    settings = {name: row[name] for name in _PAGE[5:]}
    page = edit_page(
        actor=actor,
        page=page,
        version=page.version,
        title=page.title,
        path=page.path,
        description=str(row["description"]),
        html=page.html,
        share_image=swaps.get(str(row.get("share_image")), ""),
        **settings,
    )
    if row.get("rival") is not None:
        rival = make_rival(actor=actor, page=page)
        edit_page(
            actor=actor,
            page=rival,
            version=rival.version,
            title=rival.title,
            path=rival.path,
            description=rival.description,
            html=_swapped(row["rival"], swaps),
        )
    return page


def _swapped(html: object, swaps: Mapping[str, str]) -> str:
    text = str(html)
    for old, new in swaps.items():
        text = text.replace(old, new)
    return text


def _handed(row: Mapping[str, Any]) -> str:
    return f"_handed/{row['public_id']}"


def _portal() -> str:
    """A name of this portal that means nothing elsewhere."""
    return salted_hmac("modules.sites.parcel", portal_schema(), algorithm="sha256").hexdigest()[:16]


def _is_url(text: str) -> bool:
    try:
        URLValidator(["http", "https"])(text)
    except ValidationError:
        return False
    return True


def _unreadable() -> Invalid:
    return Invalid(fields={"file": [_("This is no ZIP of a site that was exported here, or it is over 100 MB.")]})
