"""Portals: which companies there are, under which schema and hosts, in which state."""
