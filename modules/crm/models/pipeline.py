"""Pipelines and their stages: the way a lead goes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import Versioned

PRESET_NAMES = {
    "leads": _("Leads"),
    "new": _("New"),
    "in_work": _("In work"),
    "waiting": _("Waiting for an answer"),
    "qualified": _("Qualified"),
    "won": _("Became a customer"),
    "lost": _("Not our customer"),
}


class Pipeline(Versioned):
    """A way of selling. One is the usual one: leads from outside enter at its first stage."""

    preset = models.CharField(max_length=20, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_usual = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_usual"], condition=models.Q(is_usual=True), name="crm_one_usual_pipeline"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name as typed, or the preset's in the reader's language."""
        return self.name or str(PRESET_NAMES.get(self.preset, _("Pipeline")))


class Stage(Versioned):
    """A step of a pipeline. `kind` says whether leads in it are still open, won or lost."""

    class Kind(models.TextChoices):
        OPEN = "open", _("In progress")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    class Colour(models.TextChoices):
        """The tones of the interface kit."""

        NEUTRAL = "neutral", _("Grey")
        INFO = "info", _("Blue")
        ACCENT = "accent", _("Teal")
        WARNING = "warning", _("Amber")
        SUCCESS = "success", _("Green")
        DANGER = "danger", _("Red")

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="stages", verbose_name=_("pipeline"))
    preset = models.CharField(max_length=20, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.INFO)
    kind = models.CharField(_("what it means"), max_length=4, choices=Kind.choices, default=Kind.OPEN)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name as typed, or the preset's in the reader's language."""
        return self.name or str(PRESET_NAMES.get(self.preset, _("Stage")))
