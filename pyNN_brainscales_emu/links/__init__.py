"""The links between FPGAs and HICANNs."""
