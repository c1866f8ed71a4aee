"""What is kept so that changes of many records, and merges, can be taken back."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.utils.translation import gettext_lazy as _

from infra.db.models import PortalModel
from modules.crm.models.record import person_key


class Change(PortalModel):
    """Something done to several records at once: `before` holds per record id what was changed, `after` what all have
    since (a person, a stage, or values by field key; of a merge those that it gave the kept record).

    `action` is assign, move, edit, delete or merge. Rows are gone after a day, those of merges after 30.
    """

    kind = models.CharField(max_length=30)
    action = models.CharField(max_length=10)
    author = person_key(_("author"), editable=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)
    # Why others stayed as they were: code, sentence, how many. Told when it is done, and not kept.
    stayed: Sequence[tuple[str, str, int]] = ()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="crm_change_age")]


class DuplicatePair(PortalModel):
    """Two records of a kind that look like one; the one with the lower id is `left`.

    `signs` says by what: phone, email, tax, name. A person who says that they are two is remembered in `apart_by`.
    """

    kind = models.CharField(max_length=20)
    left_id = models.BigIntegerField()
    right_id = models.BigIntegerField()
    score = models.PositiveSmallIntegerField()
    signs = models.JSONField(default=list)
    seen_at = models.DateTimeField()
    apart_at = models.DateTimeField(null=True)
    apart_by = person_key(_("author"), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "left_id", "right_id"], name="crm_pair_once"),
            models.CheckConstraint(condition=models.Q(left_id__lt=models.F("right_id")), name="crm_pair_ordered"),
        ]
        indexes = [
            models.Index(
                fields=["kind", "-score", "-id"], name="crm_pair_open", condition=models.Q(apart_at__isnull=True)
            )
        ]
