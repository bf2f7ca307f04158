# The engine: integrates units of LANES lanes in blocks of steps and delivers spikes.
#
# A network is advanced in blocks no longer than its shortest delay. Within a block every thread
# advances its own units; then all threads meet once, and each delivers the block's events to the
# synapses on its own units. The sum in each slot of the ring is formed in the order (stimuli by
# source and time, neurons by number and time, synapses as sorted), whatever the number of
# threads, so results are equal to the bit. In trials the lanes of a unit are LANES trials of one
# neuron, and sums are formed in the same order.

from cython.parallel cimport parallel, threadid
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "vector_step.h" nogil:
    enum:
        LANES
        CACHE_LINE
        N_PARAMETERS
        N_STATES
        N_TRACES
        P_DRIVE
        P_THRESHOLD
    ctypedef struct unit_block:
        const real *parameters
        int shared
        real *state
        real *ring_exc
        real *ring_inh
        long slot_stride
        int n_slots
        int first_slot
        int n_steps
        real *trace
        int n_spikes
        int32_t *spike_lane
        int32_t *spike_step
        real *spike_fraction
    ctypedef void (*advance_function)(unit_block *) noexcept nogil
    advance_function select_advance(int adex, int level)
    int best_instruction_set()
    unsigned flush_denormals() noexcept
    void restore_denormals(unsigned before) noexcept

cdef extern from "team_barrier.h" nogil:
    ctypedef struct team_barrier:
        int arrived
        int phase
    void team_wait(team_barrier *barrier, int n_threads) noexcept
    long take_ticket(long *counter) noexcept

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #define HAS_OPENMP 1
    #define team_size() omp_get_num_threads()
    #else
    #define HAS_OPENMP 0
    #define team_size() 1
    #endif
    """
    int HAS_OPENMP
    int team_size() noexcept nogil

#: Numbers that the layout of the arrays depends on.
LAYOUT = {
    "lanes": LANES,
    "parameters": N_PARAMETERS,
    "states": N_STATES,
    "drive": P_DRIVE,
    "threshold": P_THRESHOLD,
}

# Arrival times closer than this to a step (in steps) belong to the step. It has to exceed the sum
# of what an event's time may lie below the block that delivers it (TIME_GRID_SLACK) and a delay
# below the block's length (DELAY_RESOLUTION): the slot before is already over.
cdef double ON_GRID = 3e-6


def has_openmp():
    """Whether the kernels were built with OpenMP."""
    return bool(HAS_OPENMP)


def instruction_set():
    """Best instruction set of this machine: 0 baseline, 1 AVX2, 2 AVX-512."""
    return best_instruction_set()


# --- growing lists of spikes -----------------------------------------------------------------

cdef struct spike_list:
    int32_t *neuron
    int32_t *trial
    double *time        # in steps
    int64_t size
    int64_t capacity
    int failed          # out of memory: what came after is missing


cdef void list_free(spike_list *spikes) noexcept nogil:
    free(spikes.neuron)
    free(spikes.trial)
    free(spikes.time)
    memset(spikes, 0, sizeof(spike_list))


cdef int list_grow(spike_list *spikes) noexcept nogil:
    cdef int64_t capacity = 2 * spikes.capacity if spikes.capacity else 1024
    cdef void *neuron = realloc(spikes.neuron, capacity * sizeof(int32_t))
    if neuron != NULL:
        spikes.neuron = <int32_t *> neuron
    cdef void *trial = realloc(spikes.trial, capacity * sizeof(int32_t))
    if trial != NULL:
        spikes.trial = <int32_t *> trial
    cdef void *time = realloc(spikes.time, capacity * sizeof(double))
    if time != NULL:
        spikes.time = <double *> time
    if neuron == NULL or trial == NULL or time == NULL:
        spikes.failed = 1
        return 0
    spikes.capacity = capacity
    return 1


cdef inline void list_append(spike_list *spikes, int32_t neuron, int32_t trial,
                             double time) noexcept nogil:
    if spikes.size == spikes.capacity and not list_grow(spikes):
        return
    spikes.neuron[spikes.size] = neuron
    spikes.trial[spikes.size] = trial
    spikes.time[spikes.size] = time
    spikes.size += 1


cdef void list_sort(spike_list *spikes) noexcept nogil:
    # By neuron, then time. The lists of a block are nearly in order, so insertion is the fastest.
    cdef int64_t i, j
    cdef int32_t neuron, trial
    cdef double time
    for i in range(1, spikes.size):
        neuron = spikes.neuron[i]
        trial = spikes.trial[i]
        time = spikes.time[i]
        j = i
        while j > 0 and (spikes.neuron[j - 1] > neuron
                         or (spikes.neuron[j - 1] == neuron and spikes.time[j - 1] > time)):
            spikes.neuron[j] = spikes.neuron[j - 1]
            spikes.trial[j] = spikes.trial[j - 1]
            spikes.time[j] = spikes.time[j - 1]
            j -= 1
        spikes.neuron[j] = neuron
        spikes.trial[j] = trial
        spikes.time[j] = time


# --- what every thread needs for itself --------------------------------------------------------

cdef struct workspace:
    int32_t *spike_lane
    int32_t *spike_step
    real *spike_fraction
    real *trace
    real *parameters
    spike_list block[2]  # spikes of the present and the previous block
    spike_list record


cdef int workspace_init(workspace *own, int block_steps) noexcept nogil:
    memset(own, 0, sizeof(workspace))
    own.spike_lane = <int32_t *> malloc(block_steps * LANES * sizeof(int32_t))
    own.spike_step = <int32_t *> malloc(block_steps * LANES * sizeof(int32_t))
    own.spike_fraction = <real *> malloc(block_steps * LANES * sizeof(real))
    own.trace = <real *> aligned_alloc(CACHE_LINE, block_steps * N_TRACES * LANES * sizeof(real))
    own.parameters = <real *> malloc(N_PARAMETERS * sizeof(real))
    return (own.spike_lane != NULL and own.spike_step != NULL and own.spike_fraction != NULL
            and own.trace != NULL and own.parameters != NULL)


cdef void workspace_free(workspace *own) noexcept nogil:
    free(own.spike_lane)
    free(own.spike_step)
    free(own.spike_fraction)
    free(own.trace)
    free(own.parameters)
    list_free(&own.block[0])
    list_free(&own.block[1])
    list_free(&own.record)


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
    """Synapses sorted by (thread, source, delay); read-only.

    Attributes
    ----------
    segment_start : (n_threads * n_sources + 1,) int64
        Segments (synapses of like delay) of source s on thread t: from ``t * n_sources + s`` on.
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


cdef void deliver(SynapseTable table, int thread, int64_t source, double time, real *ring,
                  int64_t slot_stride, int64_t n_slots, int64_t target_stride,
                  int64_t lane) noexcept nogil:
    # Add the event to the slots of all its targets on this thread.
    cdef int64_t segment, i
    cdef int64_t row = thread * table.n_sources + source
    cdef real early, late
    cdef real w
    cdef int64_t slot
    cdef real *first
    cdef real *second
    cdef uint32_t code
    cdef int64_t place
    for segment in range(table.segment_start[row], table.segment_start[row + 1]):
        slot = arrival_slot(time + table.segment_delay[segment], &late)
        early = 1 - late
        first = ring + (slot % n_slots) * slot_stride + lane
        second = ring + ((slot + 1) % n_slots) * slot_stride + lane
        if table.coded:
            for i in range(table.synapse_start[segment], table.synapse_start[segment + 1]):
                code = table.target[i]
                place = (code & 0xFFFFFF) * target_stride
                w = table.weight[code >> 24]
                first[place] += w * early
                second[place] += w * late
        else:
            for i in range(table.synapse_start[segment], table.synapse_start[segment + 1]):
                place = <int64_t> table.target[i] * target_stride
                w = table.weight[i]
                first[place] += w * early
                second[place] += w * late


# --- one network ---------------------------------------------------------------------------------

cdef class NetworkKernel:
    """Advances one network; neurons are the lanes.

    Parameters
    ----------
    kind : (n_units,) uint8
        0 LIF, 1 AdEx.
    parameters : (n_units, N_PARAMETERS, LANES) real
    state : (n_units, N_STATES, LANES) real, changed in place
    ring : (n_slots, n_units, 2, LANES) real, changed in place
    neuron : (n_units, LANES) int32
        Local index of the neuron in each lane; -1 for an empty lane.
    synapses : SynapseTable
        A target's place is ``(unit * 2 + inhibitory) * LANES + lane``.
    unit_slice : (n_threads + 1,) int64
        Units of each thread.
    block_steps : int
        Steps of a block, not more than the shortest delay.
    n_spike_sources : int
        Spike sources come before the neurons in the numbering of sources.
    recorded : (n_neurons,) uint8
        Whose spikes are kept.
    level : int
        Instruction set.
    """

    cdef const uint8_t[::1] kind
    cdef real[:, :, ::1] parameters
    cdef real[:, :, ::1] state
    cdef real[:, :, :, ::1] ring
    cdef const int32_t[:, ::1] neuron
    cdef SynapseTable synapses
    cdef const int64_t[::1] unit_slice
    cdef const uint8_t[::1] recorded
    cdef int n_threads, block_steps, n_slots, parity
    cdef int64_t n_spike_sources
    cdef advance_function advance_kind[2]
    cdef workspace *spaces
    cdef team_barrier barrier

    def __cinit__(self, kind, parameters, state, ring, neuron, SynapseTable synapses, unit_slice,
                  int block_steps, int64_t n_spike_sources, recorded, int level):
        self.kind = kind
        self.parameters = parameters
        self.state = state
        self.ring = ring
        self.neuron = neuron
        self.synapses = synapses
        self.unit_slice = unit_slice
        self.recorded = recorded
        self.n_threads = len(unit_slice) - 1
        self.block_steps = block_steps
        self.n_slots = ring.shape[0]
        self.n_spike_sources = n_spike_sources
        self.advance_kind[0] = select_advance(0, level)
        self.advance_kind[1] = select_advance(1, level)
        self.spaces = <workspace *> malloc(self.n_threads * sizeof(workspace))
        if self.spaces == NULL:
            raise MemoryError
        memset(self.spaces, 0, self.n_threads * sizeof(workspace))
        cdef int thread
        for thread in range(self.n_threads):
            if not workspace_init(&self.spaces[thread], block_steps):
                raise MemoryError

    def __dealloc__(self):
        cdef int thread
        if self.spaces != NULL:
            for thread in range(self.n_threads):
                workspace_free(&self.spaces[thread])
            free(self.spaces)

    def set_synapses(self, SynapseTable synapses):
        """Use other weights from now on; the structure has to be the same."""
        self.synapses = synapses

    def set_recorded(self, recorded):
        """Keep the spikes of other neurons from now on."""
        self.recorded = recorded

    def clear_pending(self):
        """Forget spikes of an unfinished block and everything recorded."""
        cdef int thread
        for thread in range(self.n_threads):
            self.spaces[thread].block[0].size = 0
            self.spaces[thread].block[1].size = 0
            self.spaces[thread].record.size = 0

    def run(self, int64_t first_step, int64_t last_step,
            const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
            const int64_t[::1] stimulus_start,
            const int64_t[::1] change_step, const int32_t[::1] change_unit,
            const int32_t[::1] change_lane, const real[::1] change_drive,
            const int32_t[:, ::1] probe, const int64_t[::1] probe_start,
            int interval, real[:, ::1] samples):
        """Advance from `first_step` to `last_step`.

        Parameters
        ----------
        stimulus_source, stimulus_time : (n,)
            Events of the blocks that end in this run, by (block, source, time); time in steps.
        stimulus_start : (n_blocks + 1,) int64
        change_step, change_unit, change_lane, change_drive : (m,)
            Changes of the drive (mV), by step.
        probe : (p, 3) int32
            Lane, trace (v, w, g_exc, g_inh) and column of each recorded signal, by unit.
        probe_start : (n_units + 1,) int64
        interval : int
            Steps between samples; steps that are multiples of it are sampled.
        samples : (n_samples, n_columns) real
            Filled; row 0 is the first sampled step of this run.
        """
        cdef int thread = 0
        cdef int n_threads = self.n_threads
        cdef int[1] wrong_team
        wrong_team[0] = 0
        with nogil, parallel(num_threads=n_threads):
            thread = threadid()
            if team_size() == n_threads:
                self.work(thread, first_step, last_step, stimulus_source, stimulus_time,
                          stimulus_start, change_step, change_unit, change_lane, change_drive,
                          probe, probe_start, interval, samples)
            else:
                wrong_team[0] = 1
        if wrong_team[0]:
            raise RuntimeError(f"the OpenMP runtime does not grant {n_threads} threads: "
                               "call setup(threads=...) with fewer")
        cdef int64_t n_blocks = last_step // self.block_steps - first_step // self.block_steps
        self.parity = (self.parity + n_blocks) % 2
        for thread in range(n_threads):
            if (self.spaces[thread].record.failed or self.spaces[thread].block[0].failed
                    or self.spaces[thread].block[1].failed):
                raise MemoryError("no memory left for the recorded spikes")

    cdef void work(self, int thread, int64_t first_step, int64_t last_step,
                   const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
                   const int64_t[::1] stimulus_start,
                   const int64_t[::1] change_step, const int32_t[::1] change_unit,
                   const int32_t[::1] change_lane, const real[::1] change_drive,
                   const int32_t[:, ::1] probe, const int64_t[::1] probe_start,
                   int interval, real[:, ::1] samples) noexcept nogil:
        cdef int parity = self.parity
        cdef int64_t step = first_step
        cdef int64_t block = 0
        cdef int64_t change = 0
        cdef int64_t first_sample = (first_step + interval - 1) // interval
        cdef int64_t block_end, part_end
        cdef workspace *own = &self.spaces[thread]
        cdef unsigned denormals = flush_denormals()
        while step < last_step:
            block_end = (step // self.block_steps + 1) * self.block_steps
            part_end = min(block_end, last_step)
            while change < change_step.shape[0] and change_step[change] <= step:
                if self.owns(thread, change_unit[change]):
                    self.parameters[change_unit[change], P_DRIVE, change_lane[change]] += (
                        change_drive[change])
                change += 1
            if change < change_step.shape[0]:
                part_end = min(part_end, change_step[change])
            self.advance(thread, parity, step, part_end, probe, probe_start, interval,
                         first_sample, samples)
            step = part_end
            if step == block_end:
                list_sort(&own.block[parity])
                team_wait(&self.barrier, self.n_threads)
                self.deliver_block(thread, parity, stimulus_source, stimulus_time,
                                   stimulus_start[block], stimulus_start[block + 1])
                parity = 1 - parity
                own.block[parity].size = 0
                block += 1
        restore_denormals(denormals)

    cdef inline bint owns(self, int thread, int64_t unit) noexcept nogil:
        return self.unit_slice[thread] <= unit < self.unit_slice[thread + 1]

    cdef void advance(self, int thread, int parity, int64_t step, int64_t end,
                      const int32_t[:, ::1] probe, const int64_t[::1] probe_start, int interval,
                      int64_t first_sample, real[:, ::1] samples) noexcept nogil:
        cdef workspace *own = &self.spaces[thread]
        cdef unit_block block
        cdef int64_t unit
        cdef int i
        cdef int32_t neuron
        cdef double time
        block.slot_stride = self.ring.shape[1] * 2 * LANES
        block.n_slots = self.n_slots
        block.first_slot = <int> (step % self.n_slots)
        block.n_steps = <int> (end - step)
        block.spike_lane = own.spike_lane
        block.spike_step = own.spike_step
        block.spike_fraction = own.spike_fraction
        for unit in range(self.unit_slice[thread], self.unit_slice[thread + 1]):
            block.parameters = &self.parameters[unit, 0, 0]
            block.shared = 0
            block.state = &self.state[unit, 0, 0]
            block.ring_exc = &self.ring[0, unit, 0, 0]
            block.ring_inh = &self.ring[0, unit, 1, 0]
            block.trace = NULL
            if probe_start[unit] < probe_start[unit + 1]:
                block.trace = own.trace
            self.advance_kind[self.kind[unit]](&block)
            for i in range(block.n_spikes):
                neuron = self.neuron[unit, block.spike_lane[i]]
                time = <double> (step + block.spike_step[i]) + block.spike_fraction[i]
                list_append(&own.block[parity], neuron, 0, time)
                if self.recorded[neuron]:
                    list_append(&own.record, neuron, 0, time)
            if block.trace != NULL:
                copy_samples(own.trace, step, end, probe, probe_start[unit],
                             probe_start[unit + 1], interval, first_sample, samples)

    cdef void deliver_block(self, int thread, int parity, const int32_t[::1] stimulus_source,
                            const double[::1] stimulus_time, int64_t start,
                            int64_t end) noexcept nogil:
        cdef int64_t i
        cdef int other
        cdef spike_list *spikes
        cdef real *ring
        cdef int64_t stride = self.ring.shape[1] * 2 * LANES
        if stride == 0:
            return
        ring = &self.ring[0, 0, 0, 0]
        for i in range(start, end):
            deliver(self.synapses, thread, stimulus_source[i], stimulus_time[i], ring, stride,
                    self.n_slots, 1, 0)
        for other in range(self.n_threads):
            spikes = &self.spaces[other].block[parity]
            for i in range(spikes.size):
                deliver(self.synapses, thread, self.n_spike_sources + spikes.neuron[i],
                        spikes.time[i], ring, stride, self.n_slots, 1, 0)

    def n_recorded(self):
        """Return the number of spikes kept so far."""
        cdef int thread
        cdef int64_t n = 0
        for thread in range(self.n_threads):
            n += self.spaces[thread].record.size
        return n

    def take_recorded(self, int32_t[::1] neuron, double[::1] time):
        """Move the kept spikes into the arrays (of `n_recorded` entries); time in steps."""
        cdef int thread
        cdef int64_t i, at = 0
        cdef spike_list *record
        for thread in range(self.n_threads):
            record = &self.spaces[thread].record
            for i in range(record.size):
                neuron[at + i] = record.neuron[i]
                time[at + i] = record.time[i]
            at += record.size
            record.size = 0


cdef void copy_samples(const real *trace, int64_t step, int64_t end,
                       const int32_t[:, ::1] probe, int64_t first_probe, int64_t last_probe,
                       int interval, int64_t first_sample, real[:, ::1] samples) noexcept nogil:
    cdef int64_t i, sample
    cdef int64_t at = (step + interval - 1) // interval
    while at * interval < end:
        sample = at - first_sample
        for i in range(first_probe, last_probe):
            samples[sample, probe[i, 2]] = trace[
                ((at * interval - step) * N_TRACES + probe[i, 1]) * LANES + probe[i, 0]]
        at += 1


# --- many trials of a network ---------------------------------------------------------------------

cdef struct trial_group:
    real *state       # (n_neurons, N_STATES, LANES)
    real *ring        # (n_neurons, 2, n_slots, LANES)
    real *drive       # (n_neurons,)
    int64_t n_neurons
    int64_t n_slots
    int64_t first_trial
    int n_active


def run_trials(const uint8_t[::1] kind, const real[:, ::1] parameters,
               const real[:, ::1] initial_state, SynapseTable synapses, int64_t n_steps,
               int block_steps, int64_t n_slots, int64_t n_spike_sources,
               const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
               const int64_t[:, ::1] stimulus_start,
               const int64_t[::1] change_step, const int32_t[::1] change_neuron,
               const real[::1] change_drive, const uint8_t[::1] recorded,
               int n_threads, int level):
    """Run many trials of one network, each from the initial state; trials are the lanes.

    Parameters
    ----------
    kind : (n_neurons,) uint8
    parameters : (n_neurons, N_PARAMETERS) real
    initial_state : (n_neurons, N_STATES) real
    synapses : SynapseTable
        For one thread; a target's place is ``neuron * 2 + inhibitory``.
    n_steps, block_steps, n_slots : int
    stimulus_source, stimulus_time : (n,)
        By (trial, block, source, time); time in steps.
    stimulus_start : (n_trials, n_blocks + 1) int64
    change_step, change_neuron, change_drive : (m,)
    recorded : (n_neurons,) uint8
    n_threads, level : int

    Returns
    -------
    list of (trial, neuron, time)
        One entry a thread: arrays of int32, int32, float64 (steps), as memoryviews of bytes.
    """
    cdef int64_t n_neurons = kind.shape[0]
    cdef int64_t n_trials = stimulus_start.shape[0]
    cdef int64_t n_groups = (n_trials + LANES - 1) // LANES
    cdef int thread = 0
    cdef int failed = 0
    cdef int[1] wrong_team
    wrong_team[0] = 0
    cdef long[1] tickets
    tickets[0] = 0
    cdef int64_t group = 0
    cdef workspace *spaces = <workspace *> malloc(n_threads * sizeof(workspace))
    cdef trial_group *groups = <trial_group *> malloc(n_threads * sizeof(trial_group))
    cdef advance_function[2] advance_kind
    advance_kind[0] = select_advance(0, level)
    advance_kind[1] = select_advance(1, level)
    if spaces == NULL or groups == NULL:
        free(spaces)
        free(groups)
        raise MemoryError
    memset(spaces, 0, n_threads * sizeof(workspace))
    memset(groups, 0, n_threads * sizeof(trial_group))
    try:
        for thread in range(n_threads):
            if (not workspace_init(&spaces[thread], block_steps)
                    or not group_init(&groups[thread], n_neurons, n_slots)):
                raise MemoryError
        with nogil, parallel(num_threads=n_threads):
            thread = threadid()
            if team_size() != n_threads:
                wrong_team[0] = 1
            group = take_ticket(&tickets[0]) if team_size() == n_threads else n_groups
            while group < n_groups:
                groups[thread].first_trial = group * LANES
                groups[thread].n_active = <int> min(LANES, n_trials - group * LANES)
                group_run(&groups[thread], &spaces[thread], advance_kind, kind, parameters,
                          initial_state, synapses, n_steps, block_steps, n_spike_sources,
                          stimulus_source, stimulus_time, stimulus_start, change_step,
                          change_neuron, change_drive, recorded)
                group = take_ticket(&tickets[0])
        if wrong_team[0]:
            raise RuntimeError(f"the OpenMP runtime does not grant {n_threads} threads: "
                               "call setup(threads=...) with fewer")
        result = []
        for thread in range(n_threads):
            failed |= spaces[thread].record.failed | spaces[thread].block[0].failed
            result.append(list_bytes(&spaces[thread].record))
        if failed:
            raise MemoryError("no memory left for the recorded spikes")
        return result
    finally:
        for thread in range(n_threads):
            workspace_free(&spaces[thread])
            free(groups[thread].state)
            free(groups[thread].ring)
            free(groups[thread].drive)
        free(spaces)
        free(groups)


cdef tuple list_bytes(spike_list *spikes):
    if spikes.size == 0:
        return b"", b"", b""
    return (
        (<char *> spikes.trial)[: spikes.size * sizeof(int32_t)],
        (<char *> spikes.neuron)[: spikes.size * sizeof(int32_t)],
        (<char *> spikes.time)[: spikes.size * sizeof(double)],
    )


cdef int group_init(trial_group *group, int64_t n_neurons, int64_t n_slots) noexcept nogil:
    group.n_neurons = n_neurons
    group.n_slots = n_slots
    group.state = <real *> aligned_alloc(CACHE_LINE, n_neurons * N_STATES * LANES * sizeof(real))
    group.ring = <real *> aligned_alloc(CACHE_LINE, n_neurons * 2 * n_slots * LANES * sizeof(real))
    group.drive = <real *> malloc(n_neurons * sizeof(real))
    return group.state != NULL and group.ring != NULL and group.drive != NULL


cdef void group_run(trial_group *group, workspace *own, advance_function *advance_kind,
                    const uint8_t[::1] kind, const real[:, ::1] parameters,
                    const real[:, ::1] initial_state, SynapseTable synapses, int64_t n_steps,
                    int block_steps, int64_t n_spike_sources,
                    const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
                    const int64_t[:, ::1] stimulus_start, const int64_t[::1] change_step,
                    const int32_t[::1] change_neuron, const real[::1] change_drive,
                    const uint8_t[::1] recorded) noexcept nogil:
    cdef int64_t step = 0
    cdef int64_t block = 0
    cdef int64_t change = 0
    cdef int64_t block_end, part_end
    cdef int n_parts = 0
    cdef unsigned denormals = flush_denormals()
    group_reset(group, parameters, initial_state)
    while step < n_steps:
        block_end = (block + 1) * block_steps
        part_end = min(block_end, n_steps)
        while change < change_step.shape[0] and change_step[change] <= step:
            group.drive[change_neuron[change]] += change_drive[change]
            change += 1
        if change < change_step.shape[0]:
            part_end = min(part_end, change_step[change])
        group_advance(group, own, advance_kind, kind, parameters, recorded, step, part_end)
        n_parts += 1
        step = part_end
        if step == block_end:
            if n_parts > 1:
                list_sort(&own.block[0])
            group_deliver(group, own, synapses, block, n_spike_sources, stimulus_source,
                          stimulus_time, stimulus_start)
            own.block[0].size = 0
            n_parts = 0
            block += 1
    own.block[0].size = 0
    restore_denormals(denormals)


cdef void group_reset(trial_group *group, const real[:, ::1] parameters,
                      const real[:, ::1] initial_state) noexcept nogil:
    cdef int64_t neuron
    cdef int row, lane
    for neuron in range(group.n_neurons):
        group.drive[neuron] = parameters[neuron, P_DRIVE]
        for row in range(N_STATES):
            for lane in range(LANES):
                group.state[(neuron * N_STATES + row) * LANES + lane] = initial_state[neuron, row]
    memset(group.ring, 0, group.n_neurons * 2 * group.n_slots * LANES * sizeof(real))


cdef void group_advance(trial_group *group, workspace *own, advance_function *advance_kind,
                        const uint8_t[::1] kind, const real[:, ::1] parameters,
                        const uint8_t[::1] recorded, int64_t step, int64_t end) noexcept nogil:
    cdef unit_block block
    cdef int64_t neuron
    cdef int i, row
    cdef double time
    block.slot_stride = LANES
    block.n_slots = <int> group.n_slots
    block.first_slot = <int> (step % group.n_slots)
    block.n_steps = <int> (end - step)
    block.trace = NULL
    block.spike_lane = own.spike_lane
    block.spike_step = own.spike_step
    block.spike_fraction = own.spike_fraction
    block.parameters = own.parameters
    block.shared = 1
    for neuron in range(group.n_neurons):
        for row in range(N_PARAMETERS):
            own.parameters[row] = parameters[neuron, row]
        own.parameters[P_DRIVE] = group.drive[neuron]
        block.state = group.state + neuron * N_STATES * LANES
        block.ring_exc = group.ring + neuron * 2 * group.n_slots * LANES
        block.ring_inh = block.ring_exc + group.n_slots * LANES
        advance_kind[kind[neuron]](&block)
        for i in range(block.n_spikes):
            if block.spike_lane[i] >= group.n_active:
                continue
            time = <double> (step + block.spike_step[i]) + block.spike_fraction[i]
            list_append(&own.block[0], <int32_t> neuron, block.spike_lane[i], time)
            if recorded[neuron]:
                list_append(&own.record, <int32_t> neuron,
                            <int32_t> (group.first_trial + block.spike_lane[i]), time)


cdef void group_deliver(trial_group *group, workspace *own, SynapseTable synapses, int64_t block,
                        int64_t n_spike_sources, const int32_t[::1] stimulus_source,
                        const double[::1] stimulus_time,
                        const int64_t[:, ::1] stimulus_start) noexcept nogil:
    cdef int64_t i
    cdef int lane
    cdef spike_list *spikes = &own.block[0]
    for lane in range(group.n_active):
        for i in range(stimulus_start[group.first_trial + lane, block],
                       stimulus_start[group.first_trial + lane, block + 1]):
            deliver(synapses, 0, stimulus_source[i], stimulus_time[i], group.ring, LANES,
                    group.n_slots, group.n_slots * LANES, lane)
    for i in range(spikes.size):
        deliver(synapses, 0, n_spike_sources + spikes.neuron[i], spikes.time[i], group.ring,
                LANES, group.n_slots, group.n_slots * LANES, spikes.trial[i])
