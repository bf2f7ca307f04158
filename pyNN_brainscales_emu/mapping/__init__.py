"""Stage 2: where everything sits on the wafer, and what is lost."""
