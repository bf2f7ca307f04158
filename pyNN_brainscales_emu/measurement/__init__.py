"""The measured calibration: the virtual wafer on the measuring bench."""
