"""The REST kit: one way in for programs, with the rights, limits and errors that people get."""
