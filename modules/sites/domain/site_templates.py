"""Ready sites to begin with: pages, texts, look and form as data, in English and Russian.

Each is a file of `site_templates/`: blocks with their texts, where a text in two languages is {"en": …, "ru": …}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.sites.domain.blocks import draw
from modules.sites.domain.form import add_form, design_form
from modules.sites.domain.page import add_page, edit_page
from modules.sites.domain.presets import furnish_frame
from modules.sites.models import Form, Site

_FOLDER = Path(__file__).resolve().parent.parent / "site_templates"
LANGUAGES = ("en", "ru")
ORDER = (
    "shop", "clinic", "school", "agency", "builder", "restaurant", "event", "course", "saas", "soon", "links",
    "vacancy",
)  # fmt: skip

_DATA: dict[str, dict[str, Any]] = {
    key: json.loads((_FOLDER / f"{key}.json").read_text(encoding="utf-8")) for key in ORDER
}


@dataclass(frozen=True, kw_only=True)
class SiteTemplate:
    """A ready site as people choose it: name, one sentence, picture, and how it looks."""

    key: str
    title: str
    about: str
    art: str
    theme: dict[str, str]


def offered(language: str) -> list[SiteTemplate]:
    """All templates, with names in ``language``."""
    return [_described(key, language) for key in ORDER]


def theme_of_template(key: str) -> dict[str, str]:
    """How a template looks. Raises Invalid for an unknown one."""
    if key not in ORDER:
        raise Invalid(fields={"template": [_("Choose one of the templates.")]})
    return dict(_DATA[key]["theme"])


def furnish_from(*, actor: Actor, site: Site, key: str) -> None:
    """Give an empty site the pages, the form and the look of template ``key``, in the site's language.

    Raises Denied, ReadOnly, Invalid for an unknown template.
    """
    theme_of_template(key)
    language = site.language if site.language in LANGUAGES else "en"
    data = _spoken(_DATA[key], language)
    with translation.override(site.language):
        form = _form(actor, site, data["form"])
        frame = {"button": data["button"] or "", "link": "/#contact", "text": data["pages"][0]["description"]}
        furnish_frame(site, actor, header=data["header"], footer=data["footer"], **frame)
        for number, page in enumerate(data["pages"]):
            html = "\n".join(_drawn(block, form.public_id) for block in page["blocks"])
            title = site.name if number == 0 else page["title"]
            made = add_page(actor=actor, site=site, title=title, path=page["path"], html=html)
            edit_page(
                actor=actor,
                page=made,
                version=made.version,
                title=made.title,
                path=made.path,
                description=page["description"],
                html=made.html,
                menu_title=page["title"] if number == 0 else "",
            )


def _form(actor: Actor, site: Site, data: dict[str, Any]) -> Form:
    form = add_form(actor=actor, site=site, name=data["name"], fields=data["fields"])
    return design_form(
        actor=actor,
        form=form,
        version=form.version,
        name=form.name,
        fields=form.fields,
        submit_label=data["submit"],
        thank_you=data["thanks"],
    )


def _drawn(block: dict[str, Any], form: str) -> str:
    content = {"form": form, **{name: value for name, value in block.items() if name != "block"}}
    if str(content.get("until", "")).startswith("+"):
        content["until"] = (timezone.now() + timedelta(days=int(content["until"]))).date().isoformat()
    return draw(block["block"], content)


def _described(key: str, language: str) -> SiteTemplate:
    data = _spoken({name: _DATA[key][name] for name in ("title", "about", "art", "theme")}, language)
    return SiteTemplate(key=key, **data)


def _spoken(value: Any, language: str) -> Any:
    """``value`` with every text in one language."""
    if isinstance(value, dict):
        if set(value) == set(LANGUAGES):
            return value.get(language, value["en"])
        return {name: _spoken(item, language) for name, item in value.items()}
    if isinstance(value, list):
        return [_spoken(item, language) for item in value]
    return value
