"""The chip: counts, limits and the numbering of its components."""
