"""Which portals have something to look at, and when: written with the change itself, so that no wake-up is lost."""
