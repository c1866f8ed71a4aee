"""Pipelines and their stages: the way a lead goes."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from tenants.people.models import Role

PRESET_NAMES = {
    "deals": _("Sales"),
    "need": _("Needs clarified"),
    "offer": _("Offer sent"),
    "agreed": _("Agreed"),
    "paying": _("Awaiting payment"),
    "deal_won": _("Won"),
    "deal_lost": _("Lost"),
    "price": _("Too expensive"),
    "competitor": _("Went to a competitor"),
    "no_need": _("No longer needed"),
    "silent": _("Does not answer"),
    "other": _("Another reason"),
    "leads": _("Leads"),
    "new": _("New"),
    "in_work": _("In work"),
    "waiting": _("Waiting for an answer"),
    "qualified": _("Qualified"),
    "won": _("Became a customer"),
    "lost": _("Not our customer"),
    "done": _("Done"),
    "rejected": _("Rejected"),
}


EMPTY_LIST = models.Value([], output_field=models.JSONField())


class Pipeline(Versioned):
    """The way that records of one kind go. One of each kind is the usual one, where new records enter."""

    kind = models.CharField(_("for"), max_length=30, default="lead", db_default="lead", editable=False)
    preset = models.CharField(max_length=20, blank=True, editable=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_usual = models.BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = _("pipeline")
        verbose_name_plural = _("pipelines")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(is_usual=True), name="crm_one_usual_pipeline")
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
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    colour = models.CharField(_("colour"), max_length=10, choices=Colour.choices, default=Colour.INFO)
    kind = models.CharField(_("what it means"), max_length=4, choices=Kind.choices, default=Kind.OPEN)
    probability = models.PositiveSmallIntegerField(_("probability, %"), null=True, blank=True)
    required = models.JSONField(_("fields to be filled in"), default=list, blank=True, db_default=EMPTY_LIST)

    class Meta:
        verbose_name = _("stage")
        verbose_name_plural = _("stages")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(probability__isnull=True) | models.Q(probability__lte=100),
                name="crm_stage_probability",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name as typed, or the preset's in the reader's language."""
        return self.name or str(PRESET_NAMES.get(self.preset, _("Stage")))


class PipelineRight(PortalModel):
    """How far a role reaches in one pipeline, or in one `stage` of it, where that differs from its rights over all
    (`verb`: view, edit, …). What is said of a stage goes before what is said of its pipeline."""

    pipeline = models.ForeignKey(Pipeline, on_delete=models.CASCADE, related_name="rights")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, null=True, related_name="+")
    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="+")
    verb = models.CharField(max_length=10)
    scope = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pipeline", "stage", "role", "verb"], nulls_distinct=False, name="crm_pipeline_right_once"
            )
        ]


class LostReason(Versioned):
    """Why something was lost."""

    preset = models.CharField(max_length=20, blank=True, editable=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("reason of loss")
        verbose_name_plural = _("reasons of loss")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The reason as typed, or the preset's in the reader's language."""
        return self.name or str(PRESET_NAMES.get(self.preset, _("Another reason")))
