"""Rating's jobs: checks of decks and records, the reaper, the guard's words to owners."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from billing.rating.domain import decks, forgetting, imports, reaper, telling
from billing.rating.models import Alert
from infra.db.current import enter
from infra.jobs import job_task, portal_task, service_task
from infra.jobs.domain.running import JobRun
from tenants.portals.models import Portal

DECK_CHECK = _("Check of a rate deck")
CDR_IMPORT = _("Call records")


@job_task(name="rating.check_deck")
def check_deck(run: JobRun, deck_id: int) -> str:
    """Read an uploaded deck and compare it with the one in force."""
    deck = decks.check_deck(run, deck_id)
    return reverse("operator:deck", args=[deck.pk])


@job_task(name="rating.import_calls")
def import_calls(run: JobRun, key: str) -> str:
    """Rate and charge the call records of a file."""
    imports.import_file(run, key)
    return reverse("operator:calls")


@service_task(name="rating.reap")
def reap() -> None:
    """Close what the switch never ended."""
    reaper.reap()


@service_task(name="rating.forget_erased_portals")
def forget_erased_portals() -> None:
    """Numbers and telephones of erased portals go."""
    forgetting.forget_erased_portals()


@service_task(name="rating.heal_alerts")
def heal_alerts() -> None:
    """Tell owners of alerts whose message was lost (the broker was down)."""
    waiting = Alert.objects.filter(told_at=None, at__lt=datetime.now(UTC) - timedelta(seconds=30))
    for alert_id, portal_id in waiting.order_by("pk").values_list("pk", "portal_id")[:200]:
        with enter(Portal.objects.get(pk=portal_id)):
            tell_owners.enqueue(alert_id)


@portal_task(name="rating.tell_owners", queue="quick")
def tell_owners(alert_id: int) -> None:
    """Tell the portal's owners, by notification and letter, and the operator."""
    telling.tell_owners(alert_id)
