"""From plan, trial and overrides to the one value that says what a portal may do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from billing.contracts import Entitlements, PlanTerms
from billing.domain import catalogue
from billing.models import BoughtAddOn, Override, Plan, Subscription
from infra.kit.registry import registry

GRACE = timedelta(days=14)
"""How long a portal that uses more than its plan gives may still be changed; it is told so from the first day."""

UNPAID_GRACE = timedelta(days=14)
"""How long a plan goes on after a payment was refused; then the portal has what the fallback plan gives."""

FOREVER = float("inf")
OPEN_STATUSES = frozenset({"trial", "active"})


@dataclass(frozen=True, kw_only=True)
class Bought:
    """A plan version in force: what it gives, and what the plan gives now for names that came after it was bought."""

    plan: str
    version: int
    terms: PlanTerms
    newest: Callable[[], PlanTerms]

    def feature(self, key: str) -> bool:
        """Whether the feature is included; a name that neither version knows is not."""
        if key in self.terms.features:
            return self.terms.features[key]
        return self.newest().features.get(key, False)

    def limit(self, key: str) -> int | None:
        """The maximum; a name that neither version knows has no room at all."""
        if key in self.terms.limits:
            return self.terms.limits[key]
        return self.newest().limits.get(key, 0)


def compute(
    *,
    portal_id: int,
    status: str,
    bought: Bought,
    trial_ends_at: datetime | None,
    over_since: datetime | None,
    overrides: Iterable[Override],
    now: datetime,
    unpaid_since: datetime | None = None,
    packs: Iterable[tuple[Mapping[str, int], int]] = (),
) -> Entitlements:
    """What the portal may do at `now` with the version that is in force. Pure: all it depends on is an argument.

    `packs` are add-ons: what one gives, by limit, and how many there are.
    """
    unpaid_until = unpaid_since + UNPAID_GRACE if unpaid_since is not None else None
    lapsed = unpaid_until is not None and unpaid_until <= now
    grace = timedelta(0) if lapsed else GRACE
    features = {item.key: bought.feature(item.key) for item in registry.features}
    limits = {item.key: bought.limit(item.key) for item in registry.limits}
    for gives, quantity in packs:
        for key, amount in gives.items():
            if (maximum := limits.get(key)) is not None:
                limits[key] = maximum + amount * quantity
    turns = [trial_ends_at, None if lapsed else unpaid_until]
    overridden: dict[str, datetime | None] = {}
    for override in overrides:
        if override.expires_at is not None and override.expires_at <= now:
            continue
        if override.feature is not None and override.key in features:
            features[override.key] = override.feature
        elif override.feature is None and override.key in limits:
            limits[override.key] = override.maximum
        else:
            continue
        turns.append(override.expires_at)
        overridden[override.key] = override.expires_at
    return Entitlements(
        portal_id=portal_id,
        plan=bought.plan,
        plan_titles=bought.terms.titles,
        version=bought.version,
        features=frozenset(key for key, included in features.items() if included),
        limits=limits,
        trial_ends_at=trial_ends_at,
        read_only_from=over_since + grace if over_since is not None else None,
        closed="" if status in OPEN_STATUSES else status,
        valid_until=min((turn.timestamp() for turn in turns if turn is not None), default=FOREVER),
        overridden=overridden,
        unpaid_until=unpaid_until,
    )


def load(schema: str, now: datetime | None = None) -> Entitlements:
    """Compute from the database.

    A trial that is over, and a plan that has been unpaid for longer than UNPAID_GRACE, count as the fallback plan at
    once, whether or not the job has come round. Raises Portal.DoesNotExist, Subscription.DoesNotExist: no subscription,
    no rights.
    """
    moment = now or datetime.now(UTC)
    subscription = Subscription.objects.select_related("portal", "version__plan").get(portal__schema_name=schema)
    portal, version, trial_ends_at = subscription.portal, subscription.version, subscription.trial_ends_at
    if trial_ends_at is not None and trial_ends_at <= moment:
        version, trial_ends_at = catalogue.plan_in_role(Plan.Role.FALLBACK), None
    unpaid_since = subscription.unpaid_since
    lapsed = unpaid_since is not None and unpaid_since + UNPAID_GRACE <= moment
    if lapsed:
        version = catalogue.plan_in_role(Plan.Role.FALLBACK)
    packs = BoughtAddOn.objects.filter(portal=portal).values_list("version__gives", "quantity")
    plan = version.plan
    return compute(
        portal_id=portal.pk,
        status=portal.status,
        bought=Bought(
            plan=plan.slug,
            version=version.number,
            terms=version.terms,
            newest=lambda: catalogue.current_version(plan).terms,
        ),
        trial_ends_at=trial_ends_at,
        over_since=subscription.over_since,
        overrides=Override.objects.filter(portal=portal, withdrawn_at__isnull=True),
        now=moment,
        unpaid_since=unpaid_since,
        packs=() if lapsed else packs,
    )
