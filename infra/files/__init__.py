"""Files of a portal: kept under its disk limit, and swept where nothing names them any more."""

from infra.files.keeping import DISK, keep, let_go
from infra.files.sweeping import Swept, sweep

__all__ = ["DISK", "Swept", "keep", "let_go", "sweep"]
