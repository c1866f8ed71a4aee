"""What a new site starts with: one page worth publishing and a form that works, in the site's language."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from modules.sites.domain.blocks import Cards, FormBlock, Hero
from modules.sites.domain.form import add_form
from modules.sites.models import Form, Page, Site


def furnish(site: Site, actor: Actor, about: str = "") -> Form:
    """Give ``site`` its first page (opened by ``about``, where there is one) and its form; returns the form."""
    with translation.override(site.language):
        form = add_form(actor=actor, site=site, name=_("Contact form"), fields=contact_fields())
        blocks = (
            Hero(
                title=site.name,
                text=about or _("Tell us what you need. We answer within one working day."),
                button=_("Write to us"),
                link="#contact",
            ),
            Cards(
                items=(
                    (_("You write"), _("A few words are enough, and a phone number or an e-mail address.")),
                    (
                        _("We answer"),
                        _("A person reads every request and comes back with questions or an offer."),
                    ),
                    (_("We agree"), _("You know the price and the day beforehand. Then we start.")),
                )
            ),
            FormBlock(form=form.public_id, title=_("Write to us")),
        )
        Page.objects.create(site=site, title=site.name, path="", blocks=[block.to_json() for block in blocks])
    return form


def contact_fields() -> list[dict[str, Any]]:
    """The fields of a plain contact form, in the active language."""
    return [
        {"kind": "name", "label": _("Your name"), "required": True},
        {"kind": "phone", "label": _("Phone")},
        {"kind": "email", "label": _("E-mail")},
        {"kind": "long", "label": _("How can we help?")},
        {"kind": "consent", "label": _("I agree that my details are used to answer this request."), "required": True},
    ]
