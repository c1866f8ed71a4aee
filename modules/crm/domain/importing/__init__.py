"""Records from files: read, matched to fields, looked over, written in batches, taken back."""
