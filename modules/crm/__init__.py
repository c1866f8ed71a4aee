"""Customers: leads from first contact to a deal."""
