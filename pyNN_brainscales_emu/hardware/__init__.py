"""Facts about the machine: numbers, coordinates, scaling; no behaviour."""
