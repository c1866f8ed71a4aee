"""A portal and its schema: entering one, staying in it, and refusing to work outside of it."""
