"""How often pages are seen, without cookies and without knowing anybody.

A page's script says once that it was seen. The counts wait in Redis, so that a visit touches no portal's schema, and a
job writes them down. A visitor is told from another by a keyed hash of address, browser and day that only ever enters a
sketch (HyperLogLog): the sketch counts how many were different and can name none of them.
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
_ENGINES = ("google", "yandex", "bing", "duckduckgo", "baidu", "yahoo", "ecosia", "mail.ru")


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What is counted of one view: the page's path, where the visitor came from, and the campaign."""

    site_id: int
    path: str
    source: str
    campaign: str
    arm: str = ""


@functools.cache
def _redis() -> Redis:
    return Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)


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
    if not browser or _MACHINES.search(browser):
        return
    day = timezone.now().date().isoformat()
    who = salted_hmac("modules.sites.visitor", f"{schema}:{day}:{ip}:{browser}", algorithm="sha256").hexdigest()
    try:
        sketch = f"sites:who:{schema}:{visit.site_id}:{day}"
        look = _redis().pipeline()
        look.pfadd(sketch, who)
        look.expire(sketch, KEPT_S)
        look.hlen(_key(schema))
        first = look.execute()
        plain = first[2] >= MOST_ROWS
        row = [
            visit.site_id,
            day,
            visit.path,
            "" if plain else visit.source,
            "" if plain else visit.campaign,
            visit.arm,
        ]
        name = json.dumps(row, ensure_ascii=False)
        count = _redis().pipeline()
        count.hincrby(_key(schema), f"v{name}", 1)
        if first[0]:
            count.hincrby(_key(schema), f"u{name}", 1)
        count.expire(_key(schema), KEPT_S)
        count.execute()
    except RedisError as error:
        _log.warning("sites.view_not_counted", portal=schema, error=str(error))


def write_down() -> int:
    """Move the waiting counts of the current portal into its tables; returns how many rows. Safe to run twice.

    Raises redis.RedisError.
    """
    waiting, taken = _key(portal_schema()), f"{_key(portal_schema())}:taken"
    if not _redis().exists(taken):
        if not _redis().exists(waiting):
            return 0
        _redis().rename(waiting, taken)
    rows: dict[tuple[int, date, str, str, str, str], list[int]] = {}
    for key, place, amount in _read(_redis().hgetall(taken)):
        rows.setdefault(key, [0, 0])[place] += amount
    sites = set(Site.objects.filter(pk__in={key[0] for key in rows}).values_list("pk", flat=True))
    with transaction.atomic():
        for (site_id, day, path, source, campaign, arm), (views, visitors) in sorted(rows.items()):
            if site_id not in sites:
                continue
            count, _made = VisitCount.objects.get_or_create(
                site_id=site_id, day=day, path=path, source=source, campaign=campaign, arm=arm
            )
            VisitCount.objects.filter(pk=count.pk).update(views=F("views") + views, visitors=F("visitors") + visitors)
    _redis().delete(taken)
    return len(rows)


def forget_old(days: int = 400) -> None:
    """Drop counts older than that many days."""
    VisitCount.objects.filter(day__lt=timezone.now().date() - timedelta(days=days)).delete()


def _read(fields: Mapping[bytes | str, bytes | str]) -> Iterator[tuple[tuple[int, date, str, str, str, str], int, int]]:
    for name, amount in fields.items():
        text = str(name, "utf-8") if isinstance(name, bytes) else name
        site_id, day, path, source, campaign, arm = json.loads(text[1:])
        key = (int(site_id), date.fromisoformat(day), path[:61], source[:80], campaign[:80], arm[:1])
        yield key, 0 if text[0] == "v" else 1, int(amount)


def _key(schema: str) -> str:
    return f"sites:views:{schema}"
