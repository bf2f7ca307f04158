"""BrainScaleS-2: the single-chip system around HICANN-X v3."""
