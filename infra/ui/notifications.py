"""The door for others: `notify`."""

from infra.ui.domain.notify import notify

__all__ = ["notify"]
