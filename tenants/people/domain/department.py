"""Verbs over the company's tree of departments."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from infra import live
from infra.audit import record
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Conflict, Invalid, NotFound
from infra.kit.refs import RecordRef
from infra.kit.spec import Scope
from infra.outbox import publish
from tenants.people.contracts import RightsChanged
from tenants.people.models import Department, User
from tenants.people.models.department import subtree_ids

DEEPEST = 20


def create_department(
    *, actor: Actor, name: str, parent: Department | None = None, head: User | None = None
) -> Department:
    """Add a department under `parent`, or directly under the company. Raises Denied, Invalid, NotFound, ReadOnly."""
    _guard(actor)
    with transaction.atomic():
        tree = _lock_tree()
        if parent is not None:
            parent = _row_of(tree, parent)
        _require_name(tree, name, parent, None)
        _require_depth(tree, parent, 1)
        _require_head(head)
        last = Department.objects.filter(parent=parent).aggregate(last=Max("order"))["last"]
        department = Department.objects.create(
            name=name.strip(), parent=parent, head=head, order=0 if last is None else last + 1
        )
        _record(actor, "people.department.create", department, {"name": (None, department.name)})
        _changed({head.id} if head else set())
    return department


def edit_department(
    *, actor: Actor, department: Department, name: str, head: User | None, version: int | None = None
) -> Department:
    """Rename it, and say who heads it. Raises Denied, Invalid, Conflict (`version`), NotFound, ReadOnly."""
    _guard(actor)
    with transaction.atomic():
        tree = _lock_tree()
        locked = _row_of(tree, department)
        if version is not None and locked.version != version:
            raise Conflict
        _require_name(tree, name, locked.parent, locked)
        _require_head(head)
        before = {"name": locked.name, "head": str(locked.head or "")}
        heads = {locked.head_id, head.id if head else None}
        locked.name, locked.head = name.strip(), head
        locked.save()
        after = {"name": locked.name, "head": str(head or "")}
        changes = {key: (before[key], after[key]) for key in before if before[key] != after[key]}
        _record(actor, "people.department.edit", locked, changes)
        _changed({user_id for user_id in heads if user_id is not None} if "head" in changes else set())
    return locked


def move_department(
    *, actor: Actor, department: Department, parent: Department | None, before: Department | None = None
) -> Department:
    """Hang it under another department (or the company), in front of its sibling `before` or last.

    Raises:
        Denied, NotFound, ReadOnly.
        Invalid: under itself or one of its own branches, or a sibling has the name, or too deep.
    """
    _guard(actor)
    with transaction.atomic():
        tree = _lock_tree()
        locked = _row_of(tree, department)
        if parent is not None:
            parent = _row_of(tree, parent)
        below = subtree_ids({locked.id})
        if parent is not None and parent.id in below:
            raise Invalid(
                _("“%(name)s” cannot stand under one of its own branches.") % {"name": locked.name},
                code="department_cycle",
                fields={"parent": [_("Choose a department outside of this branch.")]},
            )
        _require_name(tree, locked.name, parent, locked)
        _require_depth(tree, parent, _height(tree, locked))
        was = str(locked.parent or "")
        locked.parent = parent
        siblings = [
            row
            for row in sorted(tree.values(), key=lambda row: (row.order, row.id))
            if row.parent_id == (parent.id if parent else None) and row.id != locked.id
        ]
        place = next(
            (at for at, row in enumerate(siblings) if before is not None and row.id == before.id), len(siblings)
        )
        siblings.insert(place, locked)
        for order, row in enumerate(siblings):
            if row.order != order or row.id == locked.id:
                row.order = order
                row.save()
        _record(actor, "people.department.move", locked, {"parent": (was, str(parent or ""))})
        _changed(set(Department.objects.filter(head__isnull=False).values_list("head_id", flat=True)))
    return locked


def delete_department(*, actor: Actor, department: Department) -> int:
    """Dissolve it: its people and branches pass to the department above. Returns how many people moved.

    Raises:
        Denied, NotFound, ReadOnly.
        Invalid: a branch has the name of a department above.
    """
    _guard(actor)
    with transaction.atomic():
        tree = _lock_tree()
        locked = _row_of(tree, department)
        for child in [row for row in tree.values() if row.parent_id == locked.id]:
            _require_name(tree, child.name, locked.parent, locked)
            child.parent = locked.parent
            child.save()
        touched = set(locked.people.values_list("id", flat=True)) | ({locked.head_id} if locked.head_id else set())
        moved = locked.people.update(department=locked.parent)
        ref_name, ref_id = locked.name, locked.id
        locked.delete()
        record(
            actor,
            action="people.department.delete",
            ref=RecordRef("people", "department", ref_id),
            changes={"name": (ref_name, None), "people": (moved, 0)},
        )
        _changed(touched)
    return moved


def _guard(actor: Actor) -> None:
    require_permission(actor, "people.department.manage", Scope.ALL)
    gates.require_writable()


def _lock_tree() -> dict[int, Department]:
    """All departments, locked in primary-key order: moves happen one by one, so no two together make a ring."""
    rows = Department.objects.select_for_update(of=("self",)).select_related("parent", "head").order_by("id")
    return {row.id: row for row in rows}


def _row_of(tree: dict[int, Department], department: Department) -> Department:
    if department.id not in tree:
        raise NotFound(_("This department is gone."))
    return tree[department.id]


def _require_name(tree: dict[int, Department], name: str, parent: Department | None, but: Department | None) -> None:
    text = name.strip()
    if not text:
        raise Invalid(fields={"name": [_("A department needs a name.")]})
    if len(text) > 150:
        raise Invalid(fields={"name": [_("At most %(count)d characters.") % {"count": 150}]})
    parent_id = parent.id if parent else None
    for row in tree.values():
        if row.parent_id == parent_id and row.name == text and (but is None or row.id != but.id):
            raise Invalid(fields={"name": [_("There is already a department of this name there.")]})


def _require_head(head: User | None) -> None:
    if head is not None and (not head.is_active or head.role.is_guest):
        raise Invalid(fields={"head": [_("A head is an active colleague, not a guest.")]})


def _require_depth(tree: dict[int, Department], parent: Department | None, height: int) -> None:
    depth, row = 0, tree.get(parent.id) if parent else None
    while row is not None:
        depth, row = depth + 1, tree.get(row.parent_id) if row.parent_id else None
    if depth + height > DEEPEST:
        raise Invalid(fields={"parent": [_("The tree may be %(count)d levels deep.") % {"count": DEEPEST}]})


def _height(tree: dict[int, Department], department: Department) -> int:
    children = [row for row in tree.values() if row.parent_id == department.id]
    return 1 + max((_height(tree, child) for child in children), default=0)


def _changed(people: set[int]) -> None:
    live.send("list:people.department", "record.changed", {})
    if people:
        publish(RightsChanged(user_ids=tuple(sorted(people))))


def _record(actor: Actor, action: str, department: Department, changes: Mapping[str, tuple[object, object]]) -> None:
    record(actor, action=action, ref=RecordRef("people", "department", department.id), changes=changes)
