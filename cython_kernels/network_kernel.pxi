# One network: neurons are the lanes.


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
    saturating : int
        Whether the synaptic inputs saturate.
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
                  int block_steps, int64_t n_spike_sources, recorded, int saturating, int level):
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
        self.advance_kind[0] = select_advance(0, saturating, level)
        self.advance_kind[1] = select_advance(1, saturating, level)
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
