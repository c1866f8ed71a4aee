"""People of a portal: sign-in, roles, departments, invitations, the directory."""
