"""Sample texts of the blocks, in the words of no trade in particular."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_PICTURE: dict[str, Any] = {"image": "/_i/scene.svg", "alt": _("Hills under a morning sun")}
_LINE = _("Say in two or three sentences what is special about it, in the words your clients use.")
_CARDS: list[dict[str, Any]] = [
    {"sign": "bolt", "title": _("Quick"), "text": _("We answer within an hour and keep the day we named.")},
    {
        "sign": "chat",
        "title": pgettext_lazy("easy to understand", "Clear"),
        "text": _("You know the price beforehand, and who works for you."),
    },
    {"sign": "shield", "title": _("Safe"), "text": _("A written guarantee for everything we do.")},
]
_PEOPLE: list[dict[str, Any]] = [
    {"title": _("Anna Bell"), "text": _("Founder"), "image": "/_i/person-one.svg"},
    {"title": _("Mark Stone"), "text": _("Engineer"), "image": "/_i/person-two.svg"},
    {"title": _("Vera Lind"), "text": _("Client care"), "image": "/_i/person-three.svg"},
    {"title": _("Paul Grant"), "text": _("Designer"), "image": "/_i/person-four.svg"},
]
_PLACES: list[dict[str, Any]] = [
    {"image": "/_i/scene.svg", "title": _("Hills under a morning sun")},
    {"image": "/_i/city.svg", "title": _("A street with houses")},
    {"image": "/_i/still.svg", "title": _("A vase and fruit on a table")},
]
_COLUMN: dict[str, Any] = {"title": _("Heading"), "text": _LINE}
_PLANS: list[dict[str, Any]] = [
    {
        "title": pgettext_lazy("name of a plan", "Start"),
        "price": "29",
        "text": _("To try it"),
        "lines": [_("One person"), _("Help by e-mail")],
    },
    {
        "title": _("Team"),
        "price": "79",
        "text": _("Most choose this"),
        "main": True,
        "lines": [_("Ten people"), _("Help by phone"), _("A person of your own")],
    },
    {
        "title": _("Company"),
        "price": "190",
        "text": _("For many places"),
        "lines": [_("No limits"), _("Around the clock")],
    },
]
SAMPLES: dict[str, dict[str, Any]] = {
    "cover-split": {
        **_PICTURE,
        "kicker": _("What you do"),
        "title": _("The main promise to your client"),
        "text": _LINE,
        "button": _("Write to us"),
        "button2": _("See the prices"),
        "link2": "#prices",
    },
    "cover-center": {"title": _("The main promise to your client"), "text": _LINE, "button": _("Write to us")},
    "cover-picture": {
        **_PICTURE,
        "title": _("The main promise to your client"),
        "text": _LINE,
        "button": _("Write to us"),
    },
    "cover-form": {
        "title": _("The main promise to your client"),
        "text": _LINE,
        "form_title": _("Ask us"),
        "note": _("We answer within one working day."),
    },
    "cover-person": {
        "title": _("Anna Bell"),
        "text": _("Photographer in the city and around"),
        "image": "/_i/person-one.svg",
        "alt": "",
    },
    "page-title": {"title": _("Title of the page"), "text": _("One sentence about it.")},
    "heading": {"title": _("Heading"), "text": _("One sentence about it.")},
    "text": {"title": _("Heading"), "lines": [_LINE, _("Short paragraphs are read to the end.")]},
    "text-two": {"title": _("Heading"), "items": [_COLUMN, _COLUMN]},
    "text-picture": {**_PICTURE, "title": _("Heading"), "lines": [_LINE]},
    "picture-text": {**_PICTURE, "title": _("Heading"), "lines": [_LINE]},
    "quote": {"text": _("Good work shows in what nobody has to explain."), "name": _("Anna Bell")},
    "checklist": {
        "title": _("What you get"),
        "items": [
            {"title": _("A fixed price")},
            {"title": _("One person to talk to")},
            {"title": _("A written guarantee")},
        ],
    },
    "note": {"title": _("Good to know"), "text": _("On public holidays we answer the next morning.")},
    "table": {
        "title": pgettext_lazy("a heading", "Compare"),
        "columns": ["", _("Basic"), _("Full")],
        "rows": [
            [pgettext_lazy("of a master to a client", "Visit"), "✓", "✓"],
            [_("Report"), "–", "✓"],
            [_("Guarantee"), _("1 year"), _("3 years")],
        ],
    },
    "columns-2": _COLUMN,
    "columns-3": _COLUMN,
    "columns-4": _COLUMN,
    "gallery": {"title": _("Gallery"), "items": _PLACES},
    "picture": {**_PICTURE, "text": _("Words under the picture")},
    "picture-wide": _PICTURE,
    "before-after": {
        "title": _("Before and after"),
        "items": [{"image": "/_i/city.svg", "title": _("Before")}, {"image": "/_i/scene.svg", "title": _("After")}],
    },
    "video": {"title": _("See how it works"), "button": _("Play the video"), "url": ""},
    "logos": {
        "title": _("They work with us"),
        "items": [{"title": name} for name in ("Northwind", "Lumen", "Oakfield", "Harbour")],
    },
    "features": {"title": _("Why people choose us"), "items": _CARDS},
    "features-plain": {"title": _("Why people choose us"), "items": _CARDS},
    "features-picture": {**_PICTURE, "title": _("Why people choose us"), "items": _CARDS},
    "numbers": {
        "items": [
            {"title": "12", "text": _("years of work")},
            {"title": "1 400", "text": pgettext_lazy("how many", "clients")},
            {"title": "98 %", "text": _("come again")},
        ]
    },
    "steps": {
        "title": _("How it goes"),
        "items": [
            {"title": _("You write"), "text": _("A few words are enough, and a phone number or an e-mail address.")},
            {
                "title": _("We answer"),
                "text": _("A person reads every request and comes back with questions or an offer."),
            },
            {"title": _("We agree"), "text": _("You know the price and the day beforehand. Then we start.")},
        ],
    },
    "programme": {
        "title": _("Programme"),
        "items": [
            {
                "time": "10:00",
                "title": pgettext_lazy("a point of a programme", "Welcome"),
                "text": _("Coffee and getting to know each other."),
            },
            {"time": "11:00", "title": _("First part"), "text": _("What we start with.")},
            {"time": "14:00", "title": _("Second part"), "text": _("Practice in small groups.")},
        ],
    },
    "promise": {"items": _CARDS},
    "reviews": {
        "title": _("What clients say"),
        "items": [
            {
                "title": _("Irene K."),
                "role": _("Client since 2021"),
                "text": _("They came on time and left it clean."),
                "image": "/_i/person-three.svg",
            },
            {
                "title": _("Peter M."),
                "role": _("Client since 2019"),
                "text": _("The price was what they had said."),
                "image": "/_i/person-two.svg",
            },
            {
                "title": _("Olga S."),
                "role": _("Client since 2023"),
                "text": _("I call, and a person answers."),
                "image": "/_i/person-one.svg",
            },
        ],
    },
    "review": {
        "text": _("They came on time and left it clean."),
        "name": _("Irene K."),
        "image": "/_i/person-three.svg",
    },
    "team": {"title": _("Who works for you"), "items": _PEOPLE},
    "questions": {
        "title": _("Questions and answers"),
        "items": [
            {"title": _("How quickly can you start?"), "text": _("Usually within three working days.")},
            {"title": _("What does it cost?"), "text": _("We name a price before we start, and it stays.")},
            {"title": _("What if something goes wrong?"), "text": _("We mend it at our cost, as the contract says.")},
        ],
    },
    "prices": {"title": _("Prices"), "items": _PLANS, "button": _("Choose")},
    "price-list": {
        "title": _("Prices"),
        "items": [
            {"title": pgettext_lazy("of a master to a client", "Visit"), "price": "25"},
            {"title": _("Report"), "price": "60"},
            {"title": _("Full service"), "price": "140"},
        ],
    },
    "services": {
        "title": _("Services"),
        "items": [
            {
                "title": pgettext_lazy("of a master to a client", "Visit"),
                "text": _("We look at it and tell you what it needs."),
                "price": "25",
            },
            {"title": _("Report"), "text": _("On paper, with pictures and prices."), "price": "60"},
            {"title": _("Full service"), "text": _("From the first call to the last check."), "price": "140"},
        ],
    },
    "goods": {
        "title": _("Our goods"),
        "button": _("Order"),
        "items": [
            {"title": _("First thing"), "text": _("What it is good for."), "price": "19", "image": "/_i/still.svg"},
            {"title": _("Second thing"), "text": _("What it is good for."), "price": "24", "image": "/_i/box.svg"},
            {"title": _("Third thing"), "text": _("What it is good for."), "price": "32", "image": "/_i/bag.svg"},
        ],
    },
    "catalogue": {"title": _("Our goods"), "count": "6"},
    "offer": {
        "title": _("Ready to begin?"),
        "text": _("The first talk is free."),
        "button": _("Write to us"),
        "tone": "accent",
    },
    "countdown": {
        "title": _("The offer ends soon"),
        "text": _("Who writes before that pays the old price."),
        "button": _("Write to us"),
    },
    "button": {"button": _("Write to us")},
    "form": {"title": _("Write to us")},
    "form-side": {
        "title": _("Write to us"),
        "text": _("We answer within one working day."),
        "items": [{"title": _("No calls you did not ask for")}, {"title": _("A fixed price")}],
    },
    "contacts": {
        "title": _("Contacts"),
        "items": [
            {"sign": "phone", "title": _("Phone"), "text": "+44 20 7946 0123", "link": "tel:+442079460123"},
            {"sign": "mail", "title": _("E-mail"), "text": "hello@example.com", "link": "mailto:hello@example.com"},
            {"sign": "pin", "title": _("Address"), "text": _("12 Mill Street")},
        ],
    },
    "map": {
        "title": _("How to find us"),
        "text": _("12 Mill Street, two minutes from the station."),
        "button": _("Open the map"),
        "link": "https://www.openstreetmap.org/",
        "alt": _("Plan of the streets around"),
    },
    "hours": {
        "title": _("Opening hours"),
        "items": [
            {"title": _("Monday to Friday"), "text": "9:00–18:00"},
            {"title": _("Saturday"), "text": "10:00–15:00"},
        ],
    },
    "talk": {
        "title": _("Talk to us"),
        "items": [
            {"title": pgettext_lazy("to ring up", "Call"), "link": "tel:+442079460123"},
            {"title": "WhatsApp", "link": "https://wa.me/442079460123"},
            {"title": "Telegram", "link": "https://t.me/example"},
        ],
    },
    "call-bar": {"button": pgettext_lazy("to ring up", "Call"), "link": "tel:+442079460123"},
    "links": {
        "items": [
            {"title": _("Write to us"), "link": "#contact"},
            {"title": "Telegram", "link": "https://t.me/example"},
            {"title": _("Price list"), "link": "/prices"},
        ]
    },
    "html": {"text": _("Your own HTML stands here.")},
    "frame": {"title": _("Page of another service"), "url": ""},
    "header": {"button": _("Write to us"), "link": "#contact"},
    "header-plain": {"button": pgettext_lazy("to ring up", "Call"), "link": "tel:+442079460123"},
    "footer": {
        "text": _("What you do, in one sentence."),
        "items": [
            {"title": "+44 20 7946 0123", "link": "tel:+442079460123"},
            {"title": "hello@example.com", "link": "mailto:hello@example.com"},
            {"title": _("12 Mill Street")},
        ],
    },
}
