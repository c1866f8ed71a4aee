"""Sections of the catalogue: a tree of up to ten levels."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from infra import audit
from infra.kit import gates
from infra.kit.access import Actor, require_permission
from infra.kit.errors import Invalid, NotFound
from infra.kit.spec import Scope
from modules.crm.models import Product, ProductSection

EDIT = "crm.product.edit"  # of all products: sections are everybody's
MOST, DEEPEST = 1_000, 10


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A section, how deep it stands, and how many products are right in it."""

    section: ProductSection
    depth: int
    path: str


def section_tree() -> list[Placed]:
    """All sections as lines, each under the one it belongs to (one statement)."""
    children: dict[int | None, list[ProductSection]] = {}
    for row in ProductSection.objects.all():
        children.setdefault(row.parent_id, []).append(row)
    found: list[Placed] = []

    def walk(parent_id: int | None, depth: int, path: str) -> None:
        for row in children.get(parent_id, []):
            here = f"{path} / {row.name}" if path else row.name
            found.append(Placed(section=row, depth=depth, path=here))
            if depth < DEEPEST:
                walk(row.pk, depth + 1, here)

    walk(None, 0, "")
    return found


def section_choices() -> list[tuple[str, str]]:
    """Sections to choose from, by their whole path."""
    return [(str(placed.section.pk), placed.path) for placed in section_tree()]


def sections_below(section_id: int) -> set[int]:
    """The section and all below it, by id."""
    ids, level = {section_id}, {section_id}
    while level:
        level = set(ProductSection.objects.filter(parent__in=level).values_list("pk", flat=True)) - ids
        ids |= level
    return ids


def access_section(section_id: int) -> ProductSection:
    """A section by id. Raises NotFound."""
    found = ProductSection.objects.filter(pk=section_id).first()
    if found is None:
        raise NotFound
    return found


def set_section(
    *, actor: Actor, name: str, parent_id: int | None = None, section: ProductSection | None = None
) -> ProductSection:
    """Make a section, or rename and move `section`. Raises Denied, Invalid, ReadOnly."""
    require_permission(actor, EDIT, Scope.ALL)
    gates.require_writable()
    name = name.strip()
    if not name or len(name) > 120 or "\0" in name:
        raise Invalid(fields={"name": [_("Write a name of up to %(most)s characters.") % {"most": 120}]})
    with transaction.atomic():
        rows = {row.pk: row for row in ProductSection.objects.select_for_update().order_by("pk")}
        if section is None and len(rows) >= MOST:
            raise Invalid(_("At most %(most)s.") % {"most": MOST})
        row = rows[section.pk] if section is not None else ProductSection()
        _check_place(rows, row, parent_id)
        before = row.name
        row.name, row.parent_id = name, parent_id
        if section is None:
            row.position = (ProductSection.objects.aggregate(last=Max("position"))["last"] or 0) + 1
        row.save()
        audit.record(actor, "section.edit" if section else "section.create", None, {"name": (before, name)})
    return row


def _check_place(rows: dict[int, ProductSection], row: ProductSection, parent_id: int | None) -> None:
    depth, above = 0, parent_id
    while above is not None:
        depth += 1
        if above not in rows or above == row.pk or depth > DEEPEST:
            raise Invalid(fields={"parent": [_("A section cannot stand inside itself or deeper than ten levels.")]})
        above = rows[above].parent_id


def delete_section(*, actor: Actor, section: ProductSection) -> int:
    """Remove a section with those below it; their products stay, without a section. Returns how many products.

    Raises Denied, ReadOnly.
    """
    require_permission(actor, EDIT, Scope.ALL)
    gates.require_writable()
    with transaction.atomic():
        ids = sections_below(section.pk)
        loose = Product.objects.filter(section__in=ids).update(section=None)
        ProductSection.objects.filter(pk__in=ids).delete()
        audit.record(actor, "section.delete", None, {"name": (section.name, None)})
    return loose


def all_sections() -> QuerySet[ProductSection]:
    """Every section."""
    return ProductSection.objects.all()
