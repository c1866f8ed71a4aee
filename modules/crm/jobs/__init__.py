"""Work outside of requests; the workers find all of it here."""

from modules.crm.jobs import importing, keeping, reports, rules, selling

__all__ = ["importing", "keeping", "reports", "rules", "selling"]
