"""Webhooks: other programs are told what happens in the portal, signed, repeated until they have taken it."""
