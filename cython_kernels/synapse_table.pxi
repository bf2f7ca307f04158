# Synapses by source, and the delivery of an event to them.


cdef inline int64_t arrival_slot(double arrival, real *late) noexcept nogil:
    # An event inside a step is split over the steps before and behind it, so that its weight and
    # its mean time are kept: `late` is the part for the later one.
    cdef int64_t slot = <int64_t> arrival
    cdef double fraction = arrival - slot
    if fraction < ON_GRID:
        fraction = 0
    elif fraction > 1 - ON_GRID:
        fraction = 0
        slot += 1
    late[0] = <real> fraction
    return slot


cdef class SynapseTable:
    """Synapses sorted by (slice, source, delay); read-only.

    Attributes
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
    cdef const double[::1] segment_delay
    cdef const int64_t[::1] synapse_start
    cdef const uint32_t[::1] target
    cdef const real[::1] weight
    cdef bint coded
    cdef int64_t n_sources

    def __init__(self, segment_start, segment_delay, synapse_start, target, weight, bint coded,
                 int64_t n_sources):
        self.segment_start = segment_start
        self.segment_delay = segment_delay
        self.synapse_start = synapse_start
        self.target = target
        self.weight = weight
        self.coded = coded
        self.n_sources = n_sources


cdef inline void prefetch(SynapseTable table, int slice_, int64_t source) noexcept nogil:
    # Bring the targets of an event that is delivered soon into the cache.
    cdef int64_t row = slice_ * table.n_sources + source
    cdef int64_t first = table.synapse_start[table.segment_start[row]]
    cdef int64_t last = table.synapse_start[table.segment_start[row + 1]]
    if first < last:
        prefetch_targets(&table.target[first], min(last - first, MOST_PREFETCHED))


cdef void deliver(SynapseTable table, int slice_, int64_t source, double time, real *ring,
                  int64_t slot_stride, int64_t n_slots, int64_t target_stride,
                  int64_t lane) noexcept nogil:
    # Add the event to the slots of all its targets in this slice.
    cdef int64_t segment, slot, first, n
    cdef int64_t row = slice_ * table.n_sources + source
    cdef real late
    for segment in range(table.segment_start[row], table.segment_start[row + 1]):
        first = table.synapse_start[segment]
        n = table.synapse_start[segment + 1] - first
        if n == 0:
            continue
        slot = arrival_slot(time + table.segment_delay[segment], &late)
        add_to_targets(
            &table.target[first], &table.weight[0 if table.coded else first], table.coded, n,
            ring + (slot % n_slots) * slot_stride + lane,
            ring + ((slot + 1) % n_slots) * slot_stride + lane, late, target_stride)
