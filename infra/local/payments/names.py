"""What the stand-in is called by; no secrets, since it moves no money."""

KEY = "sk_test_local_stand_in"
SECRET = "whsec_local_stand_in"  # noqa: S105
