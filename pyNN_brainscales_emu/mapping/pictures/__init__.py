"""Pictures of a mapping: the wafer, one HICANN, lost synapses. Matplotlib is needed."""
