"""Stage 1: the network as the user described it, free of PyNN objects (`BioGraph`)."""
