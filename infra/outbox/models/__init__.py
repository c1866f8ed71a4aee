"""What was published, and who still has to hear of it."""

from infra.outbox.models.delivery import Delivery
from infra.outbox.models.event import OutboxEvent

__all__ = ["Delivery", "OutboxEvent"]
