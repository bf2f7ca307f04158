"""PyNN back end for the emulated BrainScaleS wafer."""
