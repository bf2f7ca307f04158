"""What lets scripts of hxtorch run without a change."""
