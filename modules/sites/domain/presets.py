"""What a new site starts with: one page worth publishing and a form that works, in the site's language."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from modules.sites.domain.blocks import draw
from modules.sites.domain.form import add_form
from modules.sites.domain.page import add_page
from modules.sites.domain.samples import SAMPLES
from modules.sites.models import Form, PageKind, Site


def furnish(site: Site, actor: Actor, about: str = "") -> Form:
    """Give ``site`` its first page (opened by ``about``, where there is one) and its form; returns the form."""
    with translation.override(site.language):
        form = add_form(actor=actor, site=site, name=_("Contact form"), fields=contact_fields())
        blocks = (
            draw(
                "cover-center",
                {
                    "title": site.name,
                    "text": about or _("Tell us what you need. We answer within one working day."),
                    "button": _("Write to us"),
                    "link": "#contact",
                    "tone": "soft",
                },
            ),
            draw("steps", SAMPLES["steps"]),
            draw("form", {"form": form.public_id, "title": _("Write to us")}),
        )
        add_page(actor=actor, site=site, title=site.name, html="\n".join(blocks))
        furnish_frame(site, actor)
    return form


def furnish_frame(
    site: Site, actor: Actor, *, header: str = "header-center", footer: str = "footer-plain", **texts: str
) -> None:
    """Give ``site`` its header and footer, in the active language."""
    parts = ((PageKind.HEADER, _("Header"), header), (PageKind.FOOTER, _("Footer"), footer))
    lost = {"title": _("There is no such page here."), "button": _("Back to the site"), "link": "/"}
    missing = draw("cover-center", lost)
    add_page(actor=actor, site=site, title=_("Wrong address"), kind=PageKind.MISSING, path="missing", html=missing)
    for kind, title, block in parts:
        content = {**SAMPLES.get(block, {}), "title": site.name, **texts}
        add_page(actor=actor, site=site, title=title, kind=kind, path=kind, html=draw(block, content))


def contact_fields() -> list[dict[str, Any]]:
    """The fields of a plain contact form, in the active language."""
    return [
        {"kind": "name", "label": _("Your name"), "required": True},
        {"kind": "phone", "label": _("Phone")},
        {"kind": "email", "label": _("E-mail")},
        {"kind": "long", "label": _("How can we help?")},
        {"kind": "consent", "label": _("I agree that my details are used to answer this request."), "required": True},
    ]
