"""Stage 5: runs a compiled experiment; the result is a `RawRecording`."""
