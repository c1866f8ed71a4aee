"""The address book: which company, which schema, which host, and the people of a portal."""
