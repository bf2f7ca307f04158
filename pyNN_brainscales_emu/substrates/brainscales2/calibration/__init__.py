"""The virtual chip: its mismatch, and what calibration leaves of it."""
