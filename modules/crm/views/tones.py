"""The tones in which states of quotes and invoices are shown."""

STATUS_TONES = {
    "draft": "neutral",
    "sent": "info",
    "seen": "accent",
    "accepted": "success",
    "declined": "danger",
    "expired": "warning",
    "part_paid": "accent",
    "paid": "success",
    "overdue": "danger",
    "cancelled": "neutral",
}
