"""The shared tables as they are: Django's admin inside the operator's portal, for looking, and for the few corrections.

Every shared model is there by itself, read-only. What may be corrected goes through a verb (`portal.py`). Django's own
app of the admin is not installed: it would bring a log table of its own into every portal, and pages that the
content security policy refuses; the audit log and the portal's own pages take their place.
"""

from saas.operator.tables.site import tables

__all__ = ["tables"]
