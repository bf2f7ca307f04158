"""Stage 3: from biological values to what the chip stores, and what the chip makes of it."""
