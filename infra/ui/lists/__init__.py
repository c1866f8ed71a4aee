"""Lists: see infra/ui/README.md for an example."""

from infra.ui.lists.columns import Column
from infra.ui.lists.declared import BulkAction, Empty, Export, Order
from infra.ui.lists.screen import ListScreen

__all__ = ["BulkAction", "Column", "Empty", "Export", "ListScreen", "Order"]
