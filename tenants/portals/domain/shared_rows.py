"""Which rows of the shared tables are about one portal, whichever room keeps them."""

from __future__ import annotations

from tenants.portals.models import Portal

# What the portal is and where it is found goes back with it. What it was sold and has paid is never taken back: of
# other rooms' tables a restore only adds the rows that are missing.
GOES_BACK = "portals"


def rows_about_portals() -> list[tuple[str, str]]:
    """(table, column with the portal's id), by table."""
    return sorted({(link.field.model._meta.db_table, str(link.field.column)) for link in Portal._meta.related_objects})


def rows_that_go() -> list[tuple[str, str]]:
    """Those that are erased with the portal: all but of models with `outlives_portal`, whose room keeps them for the
    books and forgets what is personal in them by itself."""
    kept = {
        link.field.model._meta.db_table
        for link in Portal._meta.related_objects
        if getattr(link.field.model, "outlives_portal", False)
    }
    return [row for row in rows_about_portals() if row[0] not in kept]


def goes_back(table: str) -> bool:
    """Whether a restore replaces the rows of `table`, rather than only adding the missing ones."""
    models = {link.field.model._meta.db_table: link.field.model for link in Portal._meta.related_objects}
    return bool(models[table]._meta.app_label == GOES_BACK)
