"""Stage 6: recordings as Neo objects, losses as a report."""
