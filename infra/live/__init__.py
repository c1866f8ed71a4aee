"""Live updates: what others change is seen without a reload."""

from infra.live.groups import allow
from infra.live.sending import disconnect, disconnect_all, forget, send, send_now

__all__ = ["allow", "disconnect", "disconnect_all", "forget", "send", "send_now"]
