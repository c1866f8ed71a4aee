"""Letters out of the house: one function to send, any SMTP server behind it (`EMAIL_URL`)."""

from infra.adapters.mail.sending import Attachment, BadLetter, Fate, follow_letters, send

__all__ = ["Attachment", "BadLetter", "Fate", "follow_letters", "send"]
