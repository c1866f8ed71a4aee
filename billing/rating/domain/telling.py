"""Alerts in words: to the portal's owners, by notification and letter."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from billing.rating.domain.refused import PROTECTION_PAGE
from billing.rating.models import Alert
from infra.adapters.mail import send
from infra.db.current import current_portal, enter
from infra.ui.letters import render_letter
from infra.ui.notifications import notify
from tenants.people.models import User
from tenants.portals.models import Portal

TEXTS = {
    Alert.Kind.NEW_COUNTRY: _("First call to a new country: {detail}"),
    Alert.Kind.SPEND: _("Today's cap on spending for calls is reached"),
    Alert.Kind.BURST: _("Many calls to forbidden numbers"),
    Alert.Kind.RATE: _("Too many calls within a minute"),
    Alert.Kind.PRICE: _("A call above your price cap was refused: {detail}"),
    Alert.Kind.PREFIX: _("Many calls to one range of numbers: {detail}"),
    Alert.Kind.STOPPED: _("Calls are stopped, because something looked like fraud"),
}


@transaction.atomic
def tell_owners(alert_id: int) -> None:
    """Tell the entered portal's owners of an alert, once; of a stop the operator's owners too."""
    portal = current_portal()
    alert = Alert.objects.select_for_update().filter(pk=alert_id, portal_id=portal.id, told_at=None).first()
    if alert is None:
        return
    text = format_lazy(TEXTS[Alert.Kind(alert.kind)], detail=alert.detail)
    owners = list(User.objects.owners())
    notify(person_ids=[owner.pk for owner in owners], text=text, url=PROTECTION_PAGE, icon="shield")
    for owner in owners:
        letter = render_letter(
            "rating/letters/alert",
            {"text": text, "address": portal.url + PROTECTION_PAGE, "name": portal.name},
            language=owner.locale or portal.locale,
            sender=portal.name,
        )
        send(owner.email, letter.subject, letter.text, letter.html)
    alert.told_at = datetime.now(UTC)
    alert.save(update_fields=["told_at"])
    if alert.kind == Alert.Kind.STOPPED:
        _tell_operator(portal, alert)


def _tell_operator(portal: Portal, alert: Alert) -> None:
    house = Portal.objects.filter(is_operator=True).first()
    if house is None or house.pk == portal.pk:
        return
    with enter(house):
        notify(
            person_ids=[owner.pk for owner in User.objects.owners()],
            text=format_lazy(_("Calls of {portal} are stopped"), portal=portal.name),
            url="/operator/calls/",
            icon="shield",
        )
