"""Synthetic sites in a meeting of a running server: what a technician tries before a big meeting."""
