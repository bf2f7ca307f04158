"""Where neurons and synapses of a network sit on the chip."""
