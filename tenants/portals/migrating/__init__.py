"""Migrations over thousands of portals: done once on the template, written down, repeated everywhere."""
