"""Calls, from the question whether they may start to what they cost."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Call(models.Model):
    """One call of a portal. `call_id` is the switch's; `snapshot` is the price in force at authorize, never changed.

    Of an incoming call `number` is the portal's own and `caller` who calls. `purpose` says who dials: a person, or a
    machine (callback, voice menu, one-time code). `department_id` is the one whose cap of minutes it uses.

    `granted` seconds were allowed for `reserved` money (and the seconds in BundleUse). A settled call has `charge` and
    `exact` (unrounded, "1/3" where decimals do not end); `estimated` ones ended without word from the switch;
    `uncollected` is what the charge lies above the reserve, which nobody pays.
    """

    outlives_portal = True

    class State(models.TextChoices):
        AUTHORIZED = "authorized", _("being set up")
        RINGING = "ringing", _("rings")
        ANSWERED = "answered", _("in conversation")
        SETTLED = "settled", _("ended")
        DROPPED = "dropped", _("not started")

    class Direction(models.TextChoices):
        OUT = "out", _("outgoing")
        IN = "in", _("incoming")

    class Purpose(models.TextChoices):
        PERSON = "person", _("a person")
        CALLBACK = "callback", _("callback")
        IVR = "ivr", _("voice menu")
        CODE = "code", _("one-time code")

    OPEN: ClassVar = (State.AUTHORIZED, State.RINGING, State.ANSWERED)

    call_id = models.CharField(max_length=120)
    portal = models.ForeignKey("portals.Portal", on_delete=models.CASCADE, related_name="calls", db_index=False)
    device = models.ForeignKey("rating.SipUser", null=True, on_delete=models.SET_NULL, related_name="+")
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.PERSON)
    department_id = models.BigIntegerField(null=True)
    caller = models.CharField(max_length=40, blank=True)
    number = models.CharField(max_length=40)
    destination = models.CharField(max_length=120, blank=True)
    prefix = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=3, blank=True)
    route = models.CharField(max_length=20)
    state = models.CharField(max_length=12, choices=State.choices, default=State.AUTHORIZED)
    currency = models.CharField(max_length=3)
    snapshot = models.JSONField(default=dict)
    granted = models.PositiveIntegerField()
    reserved = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    hold_id = models.BigIntegerField(null=True)
    authorized_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    seconds = models.PositiveIntegerField(default=0)
    billed_seconds = models.PositiveIntegerField(default=0)
    bundle_seconds = models.PositiveIntegerField(default=0)
    charge = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    exact = models.CharField(max_length=200, blank=True)
    uncollected = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    estimated = models.BooleanField(default=False)
    cause = models.CharField(max_length=60, blank=True)
    forgotten = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["portal", "authorized_at", "id"], name="call_of_portal"),
            models.Index(
                fields=["portal"], name="call_open", condition=Q(state__in=["authorized", "ringing", "answered"])
            ),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["call_id"], name="call_once"),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(charge__isnull=False), name="call_settled_has_charge"
            ),
            models.CheckConstraint(condition=Q(charge=None) | Q(charge__gte=0), name="call_charge_not_negative"),
        ]

    def __str__(self) -> str:
        return self.call_id


class CallEvent(models.Model):
    """What the switch said of a call: one row a kind, however often it was said."""

    KINDS: ClassVar = ("start", "answer", "end")

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10)
    at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["call", "kind"], name="callevent_once"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind}"
