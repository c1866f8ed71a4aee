"""What people ask before they register."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from infra.kit.errors import Text


@dataclass(frozen=True)
class Question:
    """A question and its answer."""

    title: Text
    answer: Text


_AFTER_TRIAL = Question(
    _("What happens after the thirty days?"),
    _(
        "The portal goes on with the Free plan by itself. Nothing is deleted. If you use more than that plan "
        "gives, you can still work for fourteen days; after that the portal can only be read until it fits, "
        "or until you choose a larger plan."
    ),
)
_PER_PERSON = Question(
    _("Do you charge per person?"),
    _("No. A plan is for the whole company; the price does not change when somebody joins."),
)

HOME = (
    _AFTER_TRIAL,
    _PER_PERSON,
    Question(
        _("Who can see our data?"),
        _(
            "The people of your company, as far as their roles reach. Every company has a database schema of its "
            "own. Our staff cannot enter a portal unless its owner lets them in, for a limited time and a stated "
            "reason, and everything they do there is in your audit log."
        ),
    ),
    Question(
        _("Can programs work with it?"),
        _(
            "Yes. What the screens do, the REST API does too, on every plan. It is described at /api/v1/docs of "
            "your portal."
        ),
    ),
    Question(
        _("Does it work on a phone?"),
        _("Yes, in the browser, on every screen. There is nothing to install."),
    ),
)

PRICING = (
    _AFTER_TRIAL,
    _PER_PERSON,
    Question(
        _("Do guests cost anything?"),
        _("No. Clients, contractors and dealers whom you let in as guests never take a paid place."),
    ),
    Question(
        _("Can we choose a smaller plan later?"),
        _(
            "At any time. The page of plans shows beforehand what would be over the smaller plan's limits; that stays "
            "readable and nothing is deleted."
        ),
    ),
    Question(
        _("What do we need to begin?"),
        _("A name, an e-mail address and a minute. No card is asked for."),
    ),
)
