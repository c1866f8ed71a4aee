"""Duplicates found by looking at all records in the background, kept as pairs until merged or said to be two."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations, islice
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from infra import audit, jobs
from infra.jobs.domain.running import JobRun
from infra.jobs.models import Job
from infra.kit.access import Actor, may, require_permission
from infra.kit.errors import NotFound
from modules.crm.domain.access import visible
from modules.crm.domain.duplicates import bare
from modules.crm.domain.kinds import Kind, kind_named
from modules.crm.models import ContactPoint, DuplicatePair, Requisite

SCANNED = ("contact", "company", "lead")
# A number that more records share is a switchboard's, an e-mail an office's: it says nothing of who is who.
MOST_SHARING = 6
SCORES = {"tax": 100, "email": 90, "phone": 90, "name": 70}
ALIKE = 0.9
_AT_ONCE = 50_000
_MOST_IN_BLOCK = 40
Found = tuple[int, int, str, int]


def scan(kind: Kind, run: JobRun | None = None) -> int:
    """Look at all records of `kind`; answers how many pairs are open. What is no pair any more is forgotten.

    Memory does not grow with the records: names are gone through in parts.
    """
    began = timezone.now()
    steps = 0
    found = _found(kind)
    while part := list(islice(found, 1_000)):
        _keep(kind, part, began)
        steps += 1
        if run is not None:
            run.progress(steps, 0)
    gone = DuplicatePair.objects.filter(kind=kind.key, seen_at__lt=began, apart_at__isnull=True)
    gone.delete()
    return DuplicatePair.objects.filter(kind=kind.key, apart_at__isnull=True).count()


def _keep(kind: Kind, part: Sequence[Found], began: Any) -> None:
    """Pairs with the best of their signs; a pair that is known stays as it is said to be, with what is seen now."""
    merged: dict[tuple[int, int], dict[str, int]] = defaultdict(dict)
    for left, right, sign, score in part:
        merged[min(left, right), max(left, right)][sign] = score
    known = {
        (pair.left_id, pair.right_id): pair
        for pair in DuplicatePair.objects.filter(kind=kind.key, left_id__in={left for left, _right in merged})
    }
    rows = []
    for (left, right), signs in merged.items():
        before = known.get((left, right))
        score = max(signs.values())
        if before is not None and before.seen_at >= began:  # seen in an earlier part of this scan
            signs |= dict.fromkeys(before.signs, 0)
            score = max(score, before.score)
        rows.append(
            DuplicatePair(kind=kind.key, left_id=left, right_id=right, score=score, signs=sorted(signs), seen_at=began)
        )
    DuplicatePair.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["kind", "left_id", "right_id"],
        update_fields=["score", "signs", "seen_at"],
    )


def _found(kind: Kind) -> Iterator[Found]:
    alive = {f"{kind.link}__deleted_at__isnull": True}
    owner = f"{kind.link}_id"
    points = ContactPoint.objects.filter(~Q(value=""), kind__in=["phone", "email"], **alive)
    for sign, ids in _groups(points, "value", owner, "kind"):
        yield from _pairs(ids, sign)
    if kind.key in ("contact", "company"):
        for _sign, ids in _groups(Requisite.objects.filter(~Q(tax_number=""), **alive), "tax_number", owner, ""):
            yield from _pairs(ids, "tax")
        yield from _by_names(kind)


def _groups(rows: QuerySet[Any], value: str, owner: str, sign: str) -> Iterator[tuple[str, list[int]]]:
    names = [value, *([sign] if sign else [])]
    grouped = rows.order_by().values(*names).annotate(ids=ArrayAgg(owner, distinct=True), n=Count(owner, distinct=True))
    for row in grouped.filter(n__gte=2, n__lte=MOST_SHARING).iterator(chunk_size=2_000):
        yield row.get(sign, ""), row["ids"]


def _pairs(ids: Iterable[int], sign: str) -> Iterator[Found]:
    for left, right in combinations(sorted(ids), 2):
        yield left, right, sign, SCORES[sign]


def _by_names(kind: Kind) -> Iterator[Found]:
    """Names without legal forms that are equal, whatever the order of their words; for companies also nearly equal.

    Compared are only those whose longest word begins alike; as many of these blocks at a time as fit into memory.
    """
    rows = kind.rows().alive()
    parts = rows.count() // _AT_ONCE + 1
    for part in range(parts):
        blocks: dict[str, list[tuple[int, str]]] = defaultdict(list)
        for pk, name in rows.order_by("pk").values_list("pk", kind.title_field).iterator(chunk_size=5_000):
            words = bare(name)
            if len("".join(words)) < 5 or (kind.key == "contact" and len(words) < 2):
                continue
            block = max(words, key=lambda word: (len(word), word))[:5]
            if zlib.crc32(block.encode()) % parts == part:
                blocks[block].append((pk, " ".join(sorted(words))))
        for names in blocks.values():
            yield from _in_block(names, near=kind.key == "company")


def _in_block(names: Sequence[tuple[int, str]], *, near: bool) -> Iterator[Found]:
    same: dict[str, list[int]] = defaultdict(list)
    for pk, name in names:
        same[name].append(pk)
    for ids in same.values():
        if 2 <= len(ids) <= MOST_SHARING:
            yield from _pairs(ids, "name")
    if not near or len(same) > _MOST_IN_BLOCK:
        return
    for (one, left), (other, right) in combinations(same.items(), 2):
        likeness = SequenceMatcher(None, one, other)
        if likeness.quick_ratio() >= ALIKE and likeness.ratio() >= ALIKE:
            yield left[0], right[0], "name", int(SCORES["name"] * likeness.ratio())


def open_pairs(actor: Actor, kind: Kind) -> QuerySet[DuplicatePair]:
    """Pairs of which `actor` sees both records, the surest first (order by -score, -id). Raises Denied."""
    require_permission(actor, kind.permission("edit"))
    seen = visible(actor, kind).order_by().values("pk")
    return DuplicatePair.objects.filter(kind=kind.key, apart_at__isnull=True, left_id__in=seen, right_id__in=seen)


def all_open_pairs(actor: Actor) -> QuerySet[DuplicatePair]:
    """`open_pairs` of every kind that `actor` may change."""
    found = DuplicatePair.objects.none()
    for kind in map(kind_named, SCANNED):
        if may(actor, kind.permission("edit")):
            found = found | open_pairs(actor, kind)
    return found


def access_pair(actor: Actor, kind: Kind, pair_id: int) -> DuplicatePair:
    """An open pair that `actor` sees. Raises Denied, NotFound."""
    found = open_pairs(actor, kind).filter(pk=pair_id).first()
    if found is None:
        raise NotFound
    return found


def say_apart(*, actor: Actor, kind: Kind, pair: DuplicatePair) -> None:
    """These are two; they are not shown as duplicates again, nor offered on their cards. Raises Denied."""
    require_permission(actor, kind.permission("edit"))
    with transaction.atomic():
        DuplicatePair.objects.filter(pk=pair.pk).update(apart_at=timezone.now(), apart_by_id=actor.id)
        audit.record(actor, "pair.apart", None, note=f"{kind.key}: {pair.left_id}, {pair.right_id}")


def start_scan(*, actor: Actor, kind: Kind, title: str) -> Job:
    """Look again now, in the background. Raises Denied."""
    require_permission(actor, kind.permission("edit"))
    return jobs.start(actor, title, jobs.named("crm.scan_duplicates"), [kind.key])
