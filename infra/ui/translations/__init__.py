"""Texts of the house: gathered from the code, kept per app, compiled without GNU gettext."""
