"""`make run`: everything on this machine, one command, one process that watches the others."""
