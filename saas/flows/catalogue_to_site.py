"""Products of the CRM on pages of a site."""

from __future__ import annotations

from collections.abc import Sequence

from infra.ui.formats import money
from modules.crm import public as crm
from modules.sites.contracts import Goods


class CrmCatalogue:
    """What the CRM sells, for pages: prices in words of the active language."""

    def sections(self) -> Sequence[tuple[int, str]]:
        """Sections of the catalogue as (id, name)."""
        return crm.shown_sections()

    def goods(self, section_id: int | None, count: int) -> Sequence[Goods]:
        """The newest products for sale of a section, of all where none is named."""
        return tuple(
            Goods(
                id=row.id,
                name=row.title,
                text=row.text,
                price="" if row.price is None else money(row.price, row.currency),
                picture=row.picture,
            )
            for row in crm.shown_products(section_id, count)
        )

    def prices(self, ids: Sequence[int]) -> dict[int, str]:
        """Prices now of those products that are still for sale."""
        return {pk: money(amount, crm.shown_currency()) for pk, amount in crm.shown_prices(ids).items()}
