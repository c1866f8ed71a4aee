"""What roles may not do with fields: the same answer for cards, lists, filters, exports and the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Denied, Invalid
from modules.crm.domain.fields import Field
from modules.crm.domain.formula import names_in
from modules.crm.domain.kinds import Kind, field_map, fields_of
from modules.crm.models import CustomField, FieldRight
from tenants.people.models import Role

MANAGE = "crm.field.manage"
SUM = {"deal": "amount", "quote": "total", "invoice": "total"}  # the field that tells what the rows of a kind come to


_CLOSED = {"": 0, "read": 1, "hidden": 2}


def levels(actor: Actor, kind: Kind) -> dict[str, str]:
    """Keys of the fields that the actor's role may not see ("hidden") or not change ("read"); what is worked out from a
    hidden field is hidden, too."""
    role = getattr(actor, "role", None)
    if role is None or role.base == Role.Base.OWNER:
        return {}
    found = dict(FieldRight.objects.filter(role_id=role.pk, kind=kind.key).values_list("field", "level"))
    if FieldRight.Level.HIDDEN in found.values():
        closed = {key for key, level in found.items() if level == FieldRight.Level.HIDDEN}
        found |= dict.fromkeys(_told_by(kind, closed), FieldRight.Level.HIDDEN)
    return found


def _told_by(kind: Kind, closed: Iterable[str]) -> set[str]:
    """Formulas of `kind` that tell something of the fields `closed`, by themselves or by others that do."""
    rows = CustomField.objects.filter(kind=kind.key, type=CustomField.Type.FORMULA).values_list("pk", "settings")
    asked = {f"f{pk}": names_in(str(settings.get("formula", ""))) for pk, settings in rows}
    found, known = set[str](), set(closed)
    while more := {key for key, names in asked.items() if key not in known and names & known}:
        found |= more
        known |= more
    return found


def hidden(actor: Actor, kind: Kind) -> set[str]:
    """Keys of the fields that the actor may not see."""
    return {key for key, level in levels(actor, kind).items() if level == FieldRight.Level.HIDDEN}


def reads_all(actor: Actor) -> bool:
    """Whether no field of any record is hidden from the actor: what rules wrote carries values of all of them."""
    role = getattr(actor, "role", None)
    if role is None or role.base == Role.Base.OWNER:
        return True
    return not FieldRight.objects.filter(role_id=role.pk, level=FieldRight.Level.HIDDEN).exists()


def seen_fields(actor: Actor, kind: Kind) -> list[Field]:
    """The fields of `kind` that the actor may see."""
    closed = hidden(actor, kind)
    return [item for item in fields_of(kind) if item.key not in closed]


def without_hidden(items: Iterable[Field], closed: Iterable[str]) -> list[Field]:
    """`items` but those named in `closed`."""
    closed = set(closed)
    return [item for item in items if item.key not in closed]


def sees_sums(actor: Actor, kind: Kind) -> bool:
    """Whether the actor may see what rows of products come to: the amount of a deal, the total of a paper."""
    return SUM.get(kind.key, "") not in hidden(actor, kind)


def require_sums(actor: Actor, kind: Kind, *, change: bool = False) -> None:
    """Raises Denied where the actor may not see the sum of rows, or with `change` not change it."""
    level = levels(actor, kind).get(SUM.get(kind.key, ""))
    if level == FieldRight.Level.HIDDEN or (change and level is not None):
        raise Denied(_("Your role does not include what this comes to."), permission=kind.permission("edit"))


def unbound(actor: Actor) -> bool:
    """Whether the actor may give more than their own role has: owners, administrators, and the portal itself."""
    role = getattr(actor, "role", None)
    return role is None or role.base == Role.Base.OWNER or (role.builtin and role.base == Role.Base.ADMINISTRATOR)


def limited_roles() -> list[Role]:
    """Roles whose rights can be narrowed: all but the owner's."""
    return list(Role.objects.exclude(base=Role.Base.OWNER).order_by("id"))


def rights_of(kind: Kind) -> dict[str, dict[int, str]]:
    """What roles may not do with the fields of `kind`: field key → role id → level."""
    found: dict[str, dict[int, str]] = {}
    for field, role_id, level in FieldRight.objects.filter(kind=kind.key).values_list("field", "role_id", "level"):
        found.setdefault(field, {})[role_id] = level
    return found


def set_field_rights(*, actor: Actor, kind: Kind, field: str, rights: Mapping[int, str]) -> None:
    """Say what roles may do with a field: role id → "hidden" or "read"; roles left out may see and change it.

    Nobody opens a field further than it is open to themselves. Raises Denied, Invalid, ReadOnly.
    """
    require_permission(actor, MANAGE)
    gates.require_writable()
    own = 0 if unbound(actor) else _CLOSED[levels(actor, kind).get(field, "")]
    item = field_map(kind).get(field)
    if item is None or (item.required and not item.custom):
        raise Invalid(fields={"field": [_("This field is always seen.")]})
    if set(rights.values()) - set(FieldRight.Level.values):
        raise Invalid(fields={"level": [_("Choose one of the list.")]})
    with transaction.atomic():
        rows = FieldRight.objects.filter(kind=kind.key, field=field)
        before = dict(rows.values_list("role_id", "level"))
        if before == dict(rights):
            return
        for role_id in set(before) | set(rights):
            was, now = (_CLOSED[some.get(role_id, "")] for some in (before, rights))
            if now < min(was, own):
                raise Denied(_("You cannot open a field further than it is open to you."), code="field_above")
        rows.delete()
        roles = Role.objects.filter(pk__in=rights).exclude(base=Role.Base.OWNER)
        FieldRight.objects.bulk_create(
            FieldRight(role=role, kind=kind.key, field=field, level=rights[role.pk]) for role in roles
        )
        audit.record(actor, "field.rights", None, {f"{kind.key}.{field}": (_words(before), _words(rights))})


def _words(rights: Mapping[int, str]) -> Sequence[str]:
    return [f"{role}: {level}" for role, level in sorted(rights.items())]
