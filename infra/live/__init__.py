"""Live updates: what others change is seen without a reload."""

from infra.live.groups import allow, depend
from infra.live.sending import disconnect, disconnect_all, forget, send, send_now

__all__ = ["allow", "depend", "disconnect", "disconnect_all", "forget", "send", "send_now"]
