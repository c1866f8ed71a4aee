"""Rules: what happens by itself, what each run of them did, and the letters they send."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from infra.db.models import PortalModel, Versioned
from modules.crm.models.record import person_key


class Rule(Versioned):
    """When `trigger` happens to a record of `kind`, if all `conditions` hold, do `steps` in order.

    `details` narrow the trigger (stages, fields, how long, which day). `cursor` is how far a rule of time has looked,
    `next_look_at` when it looks again; `turns` remembers per step who was given the last record;
    `problem` says why it cannot look.
    """

    kind = models.CharField(max_length=20, editable=False)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    trigger = models.CharField(max_length=20)
    details = models.JSONField(default=dict, blank=True)
    conditions = models.JSONField(default=list, blank=True)
    steps = models.JSONField(default=list, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_on = models.BooleanField(default=False)
    author = person_key(_("author"), editable=False)
    cursor = models.JSONField(default=dict, blank=True, editable=False)
    next_look_at = models.DateTimeField(null=True, editable=False)
    turns = models.JSONField(default=dict, blank=True, editable=False)
    problem = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = pgettext_lazy("automation", "rule")
        verbose_name_plural = pgettext_lazy("automation", "rules")
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="crm_rule_has_name")]
        indexes = [
            models.Index(fields=["kind", "trigger"], condition=Q(is_on=True), name="crm_rule_listening"),
            models.Index(
                fields=["next_look_at"], condition=Q(is_on=True, next_look_at__isnull=False), name="crm_rule_look"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RuleRun(PortalModel):
    """One start of a rule for one record, by one `cause` (the event's id, or a moment): it never starts twice by it.

    `chain` are the rules that led here. `steps` are the rule's as they were at the start, `at_step` the next of them,
    `notes` what the steps before did. `due_at` is when it goes on.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Under way")
        DONE = "done", pgettext_lazy("a rule", "Done")
        SKIPPED = "skipped", _("Conditions not met")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="runs", db_index=False)
    record_kind = models.CharField(max_length=20)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    cause = models.UUIDField()
    chain = models.JSONField(default=list, blank=True)
    steps = models.JSONField(default=list, blank=True)
    at_step = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(_("state"), max_length=10, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    notes = models.JSONField(default=list, blank=True)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(_("started"))
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "cause", "record_id"], name="crm_run_once"),
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(done_at__isnull=False), name="crm_run_waits_or_is_done"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(status="waiting"), name="crm_run_due"),
            models.Index(fields=["rule", "record_id", "-started_at"], name="crm_run_of_rule"),
            models.Index(fields=["record_kind", "record_id", "-started_at", "-id"], name="crm_run_of_record"),
            models.Index(fields=["-started_at", "-id"], name="crm_run_newest"),
            models.Index(fields=["rule"], condition=Q(status="failed"), name="crm_run_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.title}"


class LetterTemplate(Versioned):
    """A letter to clients. `subject` and `body` are plain text with places like {{title}} that a record fills in."""

    kind = models.CharField(max_length=20)
    name = models.CharField(pgettext_lazy("of a thing", "name"), max_length=100)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("text"), max_length=20_000)
    archived_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("letter template")
        verbose_name_plural = _("letter templates")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(archived_at__isnull=True), name="crm_letter_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
