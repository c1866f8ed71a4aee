"""A company that looks alive: what `make run` and `make seed` show."""
