"""Reports: figures over the very rows that the lists show under the same filter."""
