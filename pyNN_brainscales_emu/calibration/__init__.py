"""What is known of the chip (calibration) and what is true of it (variation)."""
