"""A demo: one published site with a page, a form, and a few things that visitors sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from infra.kit.access import SYSTEM
from modules.sites.domain.blocks import draw
from modules.sites.domain.page import edit_page
from modules.sites.domain.publishing import publish_site
from modules.sites.domain.site import create_site
from modules.sites.domain.submission import Sent, published_form, submit_form
from modules.sites.models import Form, Site, VisitCount
from tenants.portals.models import Portal, PublicHost


def demo(portal: Portal) -> None:
    """Publish the demo site of ``portal`` unless it has one already; its address is the portal's own name."""
    if Site.objects.exists():
        return
    language = portal.locale if portal.locale in {"en", "ru"} else "en"
    with translation.override(language):
        site = create_site(
            actor=SYSTEM, name=portal.name or "Demo", slug=_free_slug(portal), language=language, theme_color="#9a4a1c"
        )
        page, form = site.pages.get(path=""), site.forms.get()
        edit_page(
            actor=SYSTEM,
            page=page,
            version=page.version,
            title=page.title,
            path=page.path,
            description=_("Sourdough bread, pastry and cakes, baked every morning and brought to your door."),
            html=_html(site, form),
        )
        publish_site(actor=SYSTEM, site=site)
        for number, letter in enumerate(_letters(), start=1):
            sent = Sent(values=_values(form, letter), ip=f"198.51.100.{number}", trusted=True)  # RFC 5737
            submit_form(published=published_form(form.public_id), sent=sent)
        VisitCount.objects.bulk_create(_visits(site))


def _visits(site: Site) -> list[VisitCount]:
    """A month of visits that look like a bakery's: more on Fridays and Saturdays, a campaign in the last week."""
    today = timezone.now().date()
    rows = []
    for ago in range(30):
        day = today - timedelta(days=ago)
        people = 14 + (day.toordinal() * 7) % 9 + (12 if day.weekday() in (4, 5) else 0)
        for source, campaign, part in (("", "", 4), ("google", "", 3), ("instagram", "autumn" if ago < 7 else "", 2)):
            seen = people * part // 9
            rows.append(
                VisitCount(
                    site=site,
                    day=day,
                    path="",
                    source=source,
                    campaign=campaign,
                    views=seen + seen // 3,
                    visitors=seen,
                    page_visitors=seen,
                    clicks=seen // 7,
                )
            )
    return rows


def _html(site: Site, form: Form) -> str:
    about = _("Sourdough bread, pastry and cakes, baked every morning and brought to your door.")
    points = (
        (
            "bread",
            _("Bread with time"),
            _("Our dough rests for twenty hours. That is all the magic, and you taste it."),
        ),
        ("cup", _("For cafés and hotels"), _("Fresh delivery before seven, on account, with one call for changes.")),
        ("cake", _("Cakes to order"), _("Tell us the day and the number of guests. Two days ahead is enough.")),
    )
    blocks: tuple[tuple[str, dict[str, Any]], ...] = (
        (
            "cover-split",
            {
                "title": site.name,
                "text": about,
                "button": _("Order for tomorrow"),
                "link": "#contact",
                "image": "/_i/still.svg",
                "alt": "",
                "tone": "soft",
            },
        ),
        (
            "features",
            {
                "title": _("Why people choose us"),
                "items": [{"sign": sign, "title": title, "text": text} for sign, title, text in points],
            },
        ),
        (
            "text",
            {
                "title": _("Come by"),
                "lines": [
                    _("The shop is open Tuesday to Sunday, from seven until the shelves are empty, mostly about four."),
                    _("On Saturdays we bake with children: flour everywhere, and everyone takes a loaf home."),
                ],
            },
        ),
        ("form", {"form": form.public_id, "title": _("Write to us"), "tone": "soft"}),
    )
    return "\n".join(draw(key, content) for key, content in blocks)


def _letters() -> tuple[tuple[str, str, str, str], ...]:
    """Name, phone, e-mail and question of each visitor."""
    return (
        (_("Amelia Stone"), "+442079460311", "amelia@harbourcafe.example", _("Croissants for a café, 60 every day?")),
        (_("Jack Turner"), "+442079460187", "jack.turner@mail.example", _("A cake for twelve on Saturday, no nuts.")),
        (_("Ruth Allen"), "", "ruth@oakfield-school.example", _("May a class of twenty come and bake with you?")),
        (_("Ben Walker"), "+442079460542", "", _("Do you deliver rye bread on Sundays?")),
    )


def _values(form: Form, letter: tuple[str, str, str, str]) -> dict[str, str]:
    name, phone, email, question = letter
    answers = {"name": name, "phone": phone, "email": email, "long": question, "consent": "yes"}
    fields: list[dict[str, Any]] = form.fields
    return {field["key"]: answers[field["kind"]] for field in fields}


def _free_slug(portal: Portal) -> str:
    wanted = (portal.slug or "demo")[:32]
    taken = set(PublicHost.objects.filter(host__startswith=wanted).values_list("host", flat=True))
    names = (wanted if number == 0 else f"{wanted}-{number}" for number in range(1000))
    return next(name for name in names if not any(host.partition(".")[0] == name for host in taken))
