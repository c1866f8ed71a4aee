"""Letters out of the house: one function to send, any SMTP server behind it (`EMAIL_URL`)."""

from infra.adapters.mail.sending import Attachment, BadLetter, send

__all__ = ["Attachment", "BadLetter", "send"]
