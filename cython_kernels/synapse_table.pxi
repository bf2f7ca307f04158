# Synapses by source.


cdef class SynapseTable:
    """Synapses sorted by (slice, source, delay); read-only.

    Parameters
    ----------
    segment_start : (n_slices * n_sources + 1,) int64
        Segments (synapses of like delay) of source s on slice t: from ``t * n_sources + s`` on.
    segment_delay : (n_segments,) float64
        In steps.
    synapse_start : (n_segments + 1,) int64
    target : (n,) uint32
        Place of the target in a slot; with `coded` the weight's number in the upper 8 bits.
    weight : (n,) real, or (256,) real with `coded`
    """

    cdef const int64_t[::1] segment_start
    cdef const uint32_t[::1] target
    cdef const real[::1] weight
    cdef synapse_segment *segments
    cdef synapse_table table

    def __cinit__(self, const int64_t[::1] segment_start, const double[::1] segment_delay,
                  const int64_t[::1] synapse_start, const uint32_t[::1] target,
                  const real[::1] weight, bint coded, int64_t n_sources):
        cdef int64_t n = segment_delay.shape[0]
        cdef int64_t i
        self.segments = <synapse_segment *> malloc((n + 1) * sizeof(synapse_segment))
        if self.segments == NULL:
            raise MemoryError
        for i in range(n + 1):
            self.segments[i].first = synapse_start[i]
            self.segments[i].delay = segment_delay[i] if i < n else 0
        self.segment_start, self.target, self.weight = segment_start, target, weight
        self.table.row_start = &segment_start[0]
        self.table.segments = self.segments
        self.table.target = &target[0] if target.shape[0] else NULL
        self.table.weight = &weight[0] if weight.shape[0] else NULL
        self.table.coded = coded
        self.table.n_sources = n_sources

    def __dealloc__(self):
        free(self.segments)
