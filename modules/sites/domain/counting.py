"""How often pages are seen, without cookies and without knowing anybody.

A page's script says once that it was seen. The counts wait in Redis, so that a visit touches no portal's schema, and a
job writes them down; they wait beside the jobs, in the server that appends to disk every second and drops nothing. A
visitor is told from another by a keyed hash of address, browser and day that only ever enters a sketch (HyperLogLog):
the sketch counts how many were different and can name none of them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac
from redis import Redis, RedisError

from infra.db.current import portal_schema
from modules.sites.domain.markup import one_line
from modules.sites.models import Site, VisitCount

_log = structlog.get_logger(__name__)
_MACHINES = re.compile(r"bot|crawl|spider|slurp|preview|lighthouse|monitor", re.IGNORECASE)
#: So many different rows may wait in a portal; after that, visits are counted without source and campaign.
MOST_ROWS = 3000
KEPT_S = 3 * 24 * 3600
SKETCH_S = 24 * 3600  # a sketch is of one day
_ENGINES = ("google", "yandex", "bing", "duckduckgo", "baidu", "yahoo", "ecosia", "mail.ru")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What is counted of one view: the page's path, where the visitor came from, and the campaign."""

    site_id: int
    path: str
    source: str
    campaign: str
    arm: str = ""


#: What is counted, by the letter it waits under: views, visitors of the site and of the page, clicks to get in touch.
COUNTED = {"v": "views", "u": "visitors", "p": "page_visitors", "c": "clicks"}


@functools.cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)


def source_of(referrer: str, utm_source: str, own: str) -> str:
    """A short name of where a visitor came from: the campaign's source, a search engine, or the host that linked."""
    if utm_source:
        return one_line(utm_source)[:80].lower()
    host = (urlsplit(referrer).hostname or "").lower().removeprefix("www.") if len(referrer) < 2000 else ""
    if not host or host == own:
        return ""
    return next((name for name in _ENGINES if host.startswith(f"{name}.") or f".{name}." in f".{host}."), host[:80])


def saw(schema: str, visit: Visit, *, ip: str, browser: str) -> None:
    """Count one view. Costs two calls to Redis; when Redis is down the view is not counted, and nobody waits."""
    if is_machine(browser):
        return
    day = timezone.now().date().isoformat()
    who = salted_hmac("modules.sites.visitor", f"{schema}:{day}:{ip}:{browser}", algorithm="sha256").hexdigest()
    try:
        sketch = f"sites:who:{schema}:{visit.site_id}:{day}"
        look = _redis().pipeline()
        look.pfadd(sketch, who)
        look.expire(sketch, SKETCH_S)
        look.pfadd(f"{sketch}:{visit.path}", who)
        look.expire(f"{sketch}:{visit.path}", SKETCH_S)
        look.hlen(_key(schema))
        new_here, _kept, new_there, _kept, waiting = look.execute()
        name = _row(visit, day, plain=waiting >= MOST_ROWS)
        count = _redis().pipeline()
        count.hincrby(_key(schema), f"v{name}", 1)
        if new_here:
            count.hincrby(_key(schema), f"u{name}", 1)
        if new_there:
            count.hincrby(_key(schema), f"p{name}", 1)
        count.expire(_key(schema), KEPT_S)
        count.execute()
    except RedisError as error:
        _log.warning("sites.view_not_counted", portal=schema, error=str(error))


def clicked(schema: str, visit: Visit, *, browser: str) -> None:
    """Count a click on a phone number, an e-mail address or a messenger."""
    if is_machine(browser):
        return
    try:
        waiting = int(_redis().hlen(_key(schema)))
        name = _row(visit, timezone.now().date().isoformat(), plain=waiting >= MOST_ROWS)
        _redis().hincrby(_key(schema), f"c{name}", 1)
    except RedisError as error:
        _log.warning("sites.click_not_counted", portal=schema, error=str(error))


def _row(visit: Visit, day: str, *, plain: bool) -> str:
    """The name under which a visit waits; ``plain`` ones go without source and campaign."""
    source, campaign = ("", "") if plain else (visit.source, visit.campaign)
    return json.dumps([visit.site_id, day, visit.path, source, campaign, visit.arm], ensure_ascii=False)


def is_machine(browser: str) -> bool:
    """Whether a browser says that nobody looks: such visits are not counted, and see the page as it was first."""
    return not browser or bool(_MACHINES.search(browser))


def write_down() -> int:
    """Move the waiting counts of the current portal into its tables; returns how many rows. Safe to run twice.

    Raises redis.RedisError.
    """
    waiting, taken = _key(portal_schema()), f"{_key(portal_schema())}:taken"
    if not _redis().exists(taken):
        if not _redis().exists(waiting):
            return 0
        _redis().rename(waiting, taken)
    rows: dict[tuple[int, date, str, str, str, str], dict[str, int]] = {}
    for key, counted, amount in _read(_redis().hgetall(taken)):
        row = rows.setdefault(key, {})
        row[counted] = row.get(counted, 0) + amount
    sites = set(Site.objects.filter(pk__in={key[0] for key in rows}).values_list("pk", flat=True))
    with transaction.atomic():
        for (site_id, day, path, source, campaign, arm), amounts in sorted(rows.items(), key=lambda pair: pair[0]):
            if site_id not in sites:
                continue
            count, _made = VisitCount.objects.get_or_create(
                site_id=site_id, day=day, path=path, source=source, campaign=campaign, arm=arm
            )
            VisitCount.objects.filter(pk=count.pk).update(
                **{counted: F(counted) + amount for counted, amount in amounts.items()}
            )
    _redis().delete(taken)
    return len(rows)


def forget_old(days: int = 400) -> None:
    """Drop counts older than that many days."""
    VisitCount.objects.filter(day__lt=timezone.now().date() - timedelta(days=days)).delete()


def _read(fields: Mapping[bytes | str, bytes | str]) -> Iterator[tuple[tuple[int, date, str, str, str, str], str, int]]:
    for name, amount in fields.items():
        text = str(name, "utf-8") if isinstance(name, bytes) else name
        site_id, day, path, source, campaign, arm = json.loads(text[1:])
        key = (int(site_id), date.fromisoformat(day), path[:61], source[:80], campaign[:80], arm[:9])
        yield key, COUNTED[text[0]], int(amount)


def _key(schema: str) -> str:
    return f"sites:views:{schema}"
