"""Files as values of own fields, put in one by one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from infra.kit.access import Actor
from infra.kit.errors import Invalid
from modules.crm.domain.fields import Type
from modules.crm.domain.files import keep_upload
from modules.crm.domain.kinds import field_map, kind_of
from modules.crm.domain.record import edit_record
from modules.crm.models import File


def put_file(*, actor: Actor, record: Any, field: str, upload: Any, version: int | None = None) -> File:
    """Store `upload` in an own field of `record`: beside the files that a field for several has, else in place of the
    one it has. Raises Conflict, Denied, Invalid (field, file), LimitReached, ReadOnly."""
    item = field_map(kind_of(record)).get(field)
    if item is None or item.type != Type.FILE:
        raise Invalid(fields={"field": [_("This is no own field for files.")]})
    with transaction.atomic():
        file = keep_upload(actor=actor, record=record, upload=upload)
        kept = record.custom.get(field)
        value = [*(kept or []), file.pk] if item.multiple else file.pk
        edit_record(actor=actor, record=record, changes={field: value}, version=version)
    return file
