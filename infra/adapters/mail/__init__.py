"""Letters out of the house: one function to send, any SMTP server behind it (`EMAIL_URL`)."""

from infra.adapters.mail.sending import BadLetter, send

__all__ = ["BadLetter", "send"]
