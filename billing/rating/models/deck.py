"""Rate decks: a price list in one currency, and its lines."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Deck(models.Model):
    """An uploaded price list. `report` is what its check found; an active one counts from `valid_from` on, until the
    next active one of its currency or `valid_until`. Its rates never change: another price is another deck."""

    class State(models.TextChoices):
        CHECKING = "checking", _("being checked")
        FAULTY = "faulty", _("has faults")
        READY = "ready", _("checked")
        ACTIVE = "active", pgettext_lazy("a rate deck", "active")
        WITHDRAWN = "withdrawn", _("withdrawn")

    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CHECKING)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, default="UTC")
    holidays = models.JSONField(default=list)
    rounding = models.JSONField(default=dict)
    margin = models.DecimalField(max_digits=7, decimal_places=2, default=0)
    file_key = models.CharField(max_length=300, blank=True)
    rate_count = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict)
    uploaded_by = models.CharField(max_length=200)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    activated_by = models.CharField(max_length=200, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["currency", "valid_from"], condition=models.Q(state="active"), name="deck_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gt=models.F("valid_from")),
                name="deck_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=models.Q(margin__gte=0), name="deck_margin_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.currency})"


class DeckRate(models.Model):
    """One prefix of a deck: `tariff` as billing.rating.engine.written has it, `price` its first minute for lists."""

    deck = models.ForeignKey(Deck, on_delete=models.CASCADE, related_name="rates")
    prefix = models.CharField(max_length=20)
    destination = models.CharField(max_length=120)
    route = models.CharField(max_length=20)
    group = models.CharField(max_length=60, blank=True)
    tariff = models.JSONField()
    price = models.DecimalField(max_digits=20, decimal_places=10)
    cost = models.DecimalField(max_digits=20, decimal_places=10, null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["deck", "prefix"], name="deckrate_prefix"),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.destination}"
