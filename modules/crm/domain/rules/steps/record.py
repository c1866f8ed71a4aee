"""Change the record: a field, the stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from infra.kit.errors import Invalid
from modules.crm.domain.access import access_stage
from modules.crm.domain.drafts import read_draft
from modules.crm.domain.fields import ADDRESSES, PEOPLE_OF_DEAL, PLACES_OF_WORK, POINTS, Field, Type
from modules.crm.domain.kinds import Kind, field_map
from modules.crm.domain.places import fill, read_text
from modules.crm.domain.record import edit_record, move_record
from modules.crm.domain.rules.acting import Passed, Situation
from modules.crm.domain.rules.steps.base import Step
from modules.crm.domain.rules.triggers import whole
from modules.crm.models import LostReason, Stage

_TEXTS = (Type.TEXT, Type.LONG_TEXT)
_NOT_SET = (Type.FILE, ADDRESSES, PLACES_OF_WORK, PEOPLE_OF_DEAL, *POINTS)


def settable(kind: Kind) -> dict[str, Field]:
    """The fields that a rule can set, by key."""
    return {key: item for key, item in field_map(kind).items() if item.settable and item.type not in _NOT_SET}


class SetField(Step):
    key = "field"
    title = gettext_lazy("set a field")
    icon = "pencil"

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`field` and the raw `value`; texts may have places."""
        from modules.crm.domain.rules.acting import RuleActor
        from modules.crm.models import Rule

        items = settable(kind)
        item = items.get(str(raw.get("field") or ""))
        if item is None:
            raise Invalid(fields={"field": [_("Choose one of the list.")]})
        value = raw.get("value")
        if item.type in _TEXTS:
            value = read_text(kind, value, "value", item.longest)
        if item.required and value in (None, "", []):
            raise Invalid(fields={"value": [_("Fill this in.")]})
        try:
            read_draft(RuleActor(Rule(name="-")), kind, items, {item.key: value})
        except Invalid as error:
            raise Invalid(fields={"value": [text for texts in error.fields.values() for text in texts]}) from error
        return {"field": item.key, "value": value}

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """Set it; an equal value is no change."""
        item = settable(now.kind).get(settings["field"])
        if item is None:
            raise Invalid(_("The field that this step sets is gone."))
        value = settings["value"]
        if item.type in _TEXTS:
            (value,) = fill(now.kind, now.record, value)
            value = value[: item.longest]
        edit_record(actor=now.actor, record=now.record, changes={item.key: value})
        return _("“%(field)s” is set.") % {"field": item.title}


class Move(Step):
    key = "stage"
    title = gettext_lazy("take it to a stage")
    icon = "arrow-right"

    def fits(self, kind: Kind) -> bool:
        return kind.staged

    def read(self, kind: Kind, raw: Mapping[str, Any]) -> dict[str, Any]:
        """`stage`, and `lost_reason` where it means a loss."""
        stage = Stage.objects.filter(pk=whole("stage", raw.get("stage")), pipeline__kind=kind.key).first()
        if stage is None:
            raise Invalid(fields={"stage": [_("Choose one of the list.")]})
        settings: dict[str, Any] = {"stage": stage.pk}
        if raw.get("lost_reason") not in (None, ""):
            reason = whole("lost_reason", raw["lost_reason"])
            if stage.kind != Stage.Kind.LOST or not LostReason.objects.filter(pk=reason).exists():
                raise Invalid(fields={"lost_reason": [_("Choose one of the list.")]})
            settings["lost_reason"] = reason
        return settings

    def do(self, now: Situation, settings: Mapping[str, Any]) -> str:
        """Move it; what the stage wants filled in is asked of a rule too."""
        stage = access_stage(settings["stage"], now.kind)
        if now.record.stage_id == stage.pk:
            raise Passed(_("It is in “%(stage)s” already.") % {"stage": stage.title})
        move_record(actor=now.actor, record=now.record, stage=stage, lost_reason_id=settings.get("lost_reason"))
        return _("Moved to “%(stage)s”.") % {"stage": stage.title}
