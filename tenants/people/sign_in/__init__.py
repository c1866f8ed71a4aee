"""Signing in: how django-allauth is fitted to portals. See infra/docs/adr for why it was taken."""
