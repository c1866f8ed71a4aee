"""Ranges of numbers that are called too often: what toll fraud looks like, by stolen telephones and by machines.

A callback form, a voice menu or a one-time code dials what a stranger typed. So a machine calls plain numbers at home
alone (abroad where an owner opened it), one number a few times, and neither one block of numbers nor one prefix of the
deck in a burst (promise 73). People may call any prefix abroad only so often within the same minutes (promise 70).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from billing.rating.domain.refused import CallRefused
from billing.rating.models import Call, CallAccount

WINDOW = timedelta(minutes=10)
NUMBER_WINDOW = timedelta(hours=1)
SAME_NUMBER = 3
"""Calls of machines to one number within NUMBER_WINDOW."""
BLOCK = 3
"""Last digits that numbers of one block differ in."""
SAME_BLOCK = 5
"""Calls of machines to one block within WINDOW."""
SAME_PREFIX = {True: 60, False: 30}
"""Calls to one prefix of the deck within WINDOW: of machines, of people (abroad only)."""
MACHINES_CALL = ("standard", "mobile")

_COUNT = """
SELECT count(*) FILTER (WHERE purpose <> 'person' AND number = %(number)s),
       count(*) FILTER (WHERE purpose <> 'person' AND authorized_at > %(lately)s
                        AND left(number, -%(block)s) = left(%(number)s, -%(block)s)),
       count(*) FILTER (WHERE (purpose <> 'person') = %(machine)s AND authorized_at > %(lately)s)
FROM rating_call
WHERE portal_id = %(portal)s AND authorized_at > %(since)s AND prefix = %(prefix)s AND direction = 'out'
"""


def check(
    *, account: CallAccount, purpose: str, number: str, prefix: str, route: str, home: bool, abroad: bool, now: datetime
) -> None:
    """Raises CallRefused for a call that is one too many. `home`: a plain number of the portal's own country."""
    machine = purpose != Call.Purpose.PERSON
    if not machine and not abroad:
        return
    if machine and not home and not (account.machines_abroad and route in MACHINES_CALL):
        raise CallRefused("machine_abroad")
    since = now - (NUMBER_WINDOW if machine else WINDOW)
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT,
            {
                "portal": account.pk,
                "number": number,
                "prefix": prefix,
                "block": BLOCK,
                "machine": machine,
                "since": since,
                "lately": now - WINDOW,
            },
        )
        same_number, same_block, same_prefix = cursor.fetchone()
    if machine and same_number >= SAME_NUMBER:
        raise CallRefused("number_cap", cap=SAME_NUMBER)
    if (machine and same_block >= SAME_BLOCK) or same_prefix >= SAME_PREFIX[machine]:
        raise CallRefused("prefix_cap", prefix=prefix)
