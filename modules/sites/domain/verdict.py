"""Which of two versions does better, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from django.utils.translation import gettext as _

from infra.ui.formats import number

FEWEST_VISITORS, FEWEST_SENT, FEWEST_DAYS = 100, 10, 7
CHANCE = 0.05
_NORMAL = NormalDist()


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What became of one version: different visitors of the page by day, and forms sent from it."""

    side: str
    visitors: int = 0
    sent: int = 0

    @property
    def share(self) -> float:
        """How many of its visitors wrote, from 0 to 1; one visitor counts once."""
        return min(self.sent, self.visitors) / self.visitors if self.visitors else 0.0

    @property
    def rate(self) -> str:
        """The same of a hundred; "" where nobody came."""
        return number(100 * self.share, 1) if self.visitors else ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`winner` is "a", "b" or "" while nothing is decided; `text` says it in a sentence."""

    winner: str
    text: str


def judge(a: Arm, b: Arm, days: int) -> Verdict:
    """Which version makes more of its visitors write: a two-sided test of two proportions (pooled z-test, 5 in 100).

    Nothing is decided before both were seen by enough people over a whole week, since weekdays and weekends differ.
    """
    if min(a.visitors, b.visitors) < FEWEST_VISITORS or a.sent + b.sent < FEWEST_SENT:
        return Verdict(
            winner="",
            text=_(
                "Too early to say: wait until each version has had %(visitors)d visitors and %(sent)d forms were sent."
            )
            % {"visitors": FEWEST_VISITORS, "sent": FEWEST_SENT},
        )
    better, worse = (b, a) if b.share > a.share else (a, b)
    words = {"better": better.side.upper(), "worse": worse.side.upper(), "more": better.rate, "less": worse.rate}
    if _chance(a, b) < CHANCE:
        if days < FEWEST_DAYS:
            return Verdict(
                winner="",
                text=_(
                    "%(better)s leads: of a hundred visitors %(more)s write, with %(worse)s %(less)s. Wait until a "
                    "whole week is over; weekdays and weekends differ."
                )
                % words,
            )
        return Verdict(
            winner=better.side,
            text=_(
                "%(better)s is better: of a hundred visitors %(more)s write, with %(worse)s %(less)s. Mere luck would "
                "show this in fewer than 5 of 100 comparisons."
            )
            % words,
        )
    needed = _needed(a, b) - min(a.visitors, b.visitors)
    if needed > 20 * min(a.visitors, b.visitors) or needed <= 0:
        return Verdict(winner="", text=_("Both do about equally well. Keep the one you like better."))
    return Verdict(
        winner="",
        text=_(
            "No difference yet that could not be luck. If it stays as it is, about %(needed)d more visitors of each "
            "version will show it."
        )
        % {"needed": _round_up(needed)},
    )


def _chance(a: Arm, b: Arm) -> float:
    """How likely a difference at least this large is when both are equally good."""
    both = (a.share * a.visitors + b.share * b.visitors) / (a.visitors + b.visitors)
    spread = (both * (1 - both) * (1 / a.visitors + 1 / b.visitors)) ** 0.5
    return 2 * (1 - _NORMAL.cdf(abs(a.share - b.share) / spread)) if spread else 1.0


def _needed(a: Arm, b: Arm) -> float:
    """Visitors of each version by which a difference of this size is seen four times of five (5 in 100, two-sided)."""
    apart = abs(a.share - b.share)
    if not apart:
        return float("inf")
    spread = a.share * (1 - a.share) + b.share * (1 - b.share)
    return (_NORMAL.inv_cdf(1 - CHANCE / 2) + _NORMAL.inv_cdf(0.8)) ** 2 * spread / apart**2


def _round_up(number: float) -> int:
    step = 10 ** max(1, len(str(int(number))) - 2)
    return int(-(-number // step) * step)
