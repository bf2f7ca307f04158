# One network: neurons are the lanes.


cdef struct unit_slice_lists:
    spike_list block[2]  # spikes of the present and the previous block
    spike_list record
    char[CACHE_LINE] apart  # from what the thread of the next slice writes


cdef class NetworkKernel:
    """Advances one network; neurons are the lanes.

    Parameters
    ----------
    model : (n_units,) uint8
        Number of each unit's model in `LAYOUT`.
    receptors : (n_units,) int32
        Receptors of each neuron of a unit whose model has any number of them, else 0.
    parameters, state : (n,) real
        Tables of all units; `state` is changed in place, and in `parameters` the drive of lanes
        with an injected current.
    parameter_start, state_start : (n_units,) int64
        Where a unit's tables begin.
    shared : (n_units,) uint8
        Whether a unit's lanes have the same parameters: its table is then (n_parameters,), else
        (n_parameters, LANES).
    ring : (n_slots, slot_size) real, changed in place
    input_start : (n_units,) int64
        Where a unit's inputs, (n_inputs, LANES), begin in a slot.
    neuron : (n_units, LANES) int32
        Local index of the neuron in each lane; -1 for an empty lane.
    synapses : SynapseTable
        A target's place is its number in a slot.
    unit_slice : (n_slices + 1,) int64
        Units of each slice: as many threads can work at once.
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
    number : (n_units, LANES) int32
        Number of the neuron in each lane that keys its random numbers, with `seed` and `purpose`.
    seed : int
    purpose : int
    plastic : sequence of PlasticTable
        Synapses that change, delivered after the others.

    Raises
    ------
    ValueError
        For a model or an instruction set that there is not, and inputs that saturate of a model
        that has none.
    """

    cdef const uint8_t[::1] model
    cdef const uint8_t[::1] shared
    cdef const int32_t[::1] receptors
    cdef const int64_t[::1] parameter_start
    cdef const int64_t[::1] state_start
    cdef const int64_t[::1] input_start
    cdef real[::1] parameters
    cdef real[::1] state
    cdef real[:, ::1] ring
    cdef const int32_t[:, ::1] neuron
    cdef SynapseTable synapses
    cdef tuple plastic_tables
    cdef plastic_table **plastic
    cdef int n_plastic
    cdef const int64_t[::1] unit_slice
    cdef const uint8_t[::1] recorded
    cdef const int32_t[:, ::1] number
    cdef random_key key
    cdef int n_slices, block_steps, parity, saturating, level
    cdef int64_t n_slots, n_spike_sources
    cdef int n_workspaces
    cdef workspace *spaces
    cdef unit_slice_lists *lists
    cdef task_board *board
    cdef int stopped
    cdef int64_t broken_step

    def __cinit__(self, *, model, receptors, parameters, state, parameter_start, state_start,
                  shared, ring, input_start, neuron, SynapseTable synapses, unit_slice, int block_steps,
                  int64_t n_spike_sources, recorded, int saturating, int level, number,
                  uint64_t seed, uint32_t purpose, plastic=()):
        cdef int i
        check_models(model, saturating, level)
        self.model = model
        self.receptors = receptors
        self.parameters = parameters
        self.state = state
        self.parameter_start = parameter_start
        self.state_start = state_start
        self.shared = shared
        self.ring = ring
        self.input_start = input_start
        self.neuron = neuron
        self.synapses = synapses
        self.unit_slice = unit_slice
        self.recorded = recorded
        self.n_slices = len(unit_slice) - 1
        self.block_steps = block_steps
        self.n_slots = ring.shape[0]
        self.n_spike_sources = n_spike_sources
        self.saturating = saturating
        self.level = level
        self.number = number
        self.key.seed = seed
        self.key.purpose = purpose
        self.board = board_new(self.n_slices)
        self.lists = <unit_slice_lists *> malloc(self.n_slices * sizeof(unit_slice_lists))
        self.spaces = <workspace *> malloc(self.n_slices * sizeof(workspace))
        self.plastic_tables = tuple(plastic)
        self.n_plastic = len(self.plastic_tables)
        self.plastic = <plastic_table **> malloc((self.n_plastic + 1) * sizeof(plastic_table *))
        if (self.board == NULL or self.lists == NULL or self.spaces == NULL
                or self.plastic == NULL):
            raise MemoryError
        for i in range(self.n_plastic):
            self.plastic[i] = &(<PlasticTable> self.plastic_tables[i]).table
        memset(self.lists, 0, self.n_slices * sizeof(unit_slice_lists))
        for i in range(self.n_slices):
            self.n_workspaces += 1
            if not workspace_init(&self.spaces[i], block_steps,
                                  most_receptors(self.receptors)):
                raise MemoryError

    def __dealloc__(self):
        cdef int i
        if self.spaces != NULL:
            for i in range(self.n_workspaces):
                workspace_free(&self.spaces[i])
                list_free(&self.lists[i].block[0])
                list_free(&self.lists[i].block[1])
                list_free(&self.lists[i].record)
        free(self.plastic)
        free(self.spaces)
        free(self.lists)
        board_free(self.board)

    def set_synapses(self, SynapseTable synapses):
        """Use other weights from now on; the structure has to be the same.

        Events that were sent before keep theirs if `deliver_now` was called.
        """
        self.synapses = synapses

    def deliver_now(self, const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
                    int64_t step):
        """Deliver events of an unfinished block before its end, with the weights that hold now.

        Parameters
        ----------
        stimulus_source, stimulus_time : (n,)
            Of spike sources, by source and time; time in steps.
        step : int
            The present step.
        """
        cdef int slice_
        cdef int64_t n = stimulus_source.shape[0]
        if self.lists == NULL:
            return
        for slice_ in range(self.n_slices):
            self.deliver_stimuli(slice_, stimulus_source, stimulus_time, 0, n)
            self.deliver_spikes(slice_, self.parity)
            self.deliver_plastic(slice_, self.parity, step // self.block_steps * self.block_steps,
                                 stimulus_source, stimulus_time, 0, n)
        for slice_ in range(self.n_slices):
            list_clear(&self.lists[slice_].block[self.parity])

    def set_recorded(self, recorded):
        """Keep the spikes of other neurons from now on."""
        self.recorded = recorded

    def begin(self, uint32_t presentation):
        """Begin a presentation: forget spikes of an unfinished block and everything recorded."""
        cdef int i
        self.key.presentation = presentation
        for i in range(self.n_slices):
            list_clear(&self.lists[i].block[0])
            list_clear(&self.lists[i].block[1])
            list_clear(&self.lists[i].record)
        self.stopped = 0

    def run(self, int64_t first_step, int64_t last_step, *,
            const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
            const int64_t[::1] stimulus_start,
            const int64_t[::1] change_start, const int64_t[::1] change_step,
            const int32_t[::1] change_lane, const real[::1] change_drive,
            const int32_t[:, ::1] probe, const int64_t[::1] probe_start,
            int interval, real[:, ::1] samples, int n_threads):
        """Advance from `first_step` to `last_step`.

        Parameters
        ----------
        stimulus_source, stimulus_time : (n,)
            Events of the blocks that end in this run, by (block, source, time); time in steps.
        stimulus_start : (n_blocks + 1,) int64
        change_start : (n_units + 1,) int64
            Changes of each unit.
        change_step, change_lane, change_drive : (m,)
            New drives (mV) of lanes, by unit and step.
        probe : (p, 4) int32
            First lane, state, first column and number of lanes of each recorded stretch, by unit.
        probe_start : (n_units + 1,) int64
        interval : int
            Steps between samples; steps that are multiples of it are sampled.
        samples : (n_samples, n_columns) real
            Filled; row 0 is the first sampled step of this run.
        n_threads : int
            At most so many work; results do not depend on it.

        Returns
        -------
        int
            -1, or the first step of the block after which a state is not a finite number: the run
            has ended there, and another one needs `begin` and a new state.
        """
        cdef int thread = 0
        cdef int team = max(1, min(n_threads, self.n_slices))
        cdef int64_t n_blocks = last_step // self.block_steps - first_step // self.block_steps
        self.broken_step = -1
        board_reset(self.board)
        with nogil, parallel(num_threads=team):
            thread = threadid()
            self.work(thread, team, first_step, last_step, stimulus_source, stimulus_time,
                      stimulus_start, change_start, change_step, change_lane, change_drive,
                      probe, probe_start, interval, samples)
        self.parity = (self.parity + n_blocks) % 2
        for thread in range(self.n_slices):
            if (self.lists[thread].record.failed or self.lists[thread].block[0].failed
                    or self.lists[thread].block[1].failed):
                raise MemoryError("no memory left for the recorded spikes")
        for thread in range(self.n_plastic):
            if self.plastic[thread].failed:
                raise MemoryError("no memory left for the spikes that plastic synapses wait for")
        return self.broken_step

    cdef void work(self, int thread, int team, int64_t first_step, int64_t last_step,
                   const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
                   const int64_t[::1] stimulus_start,
                   const int64_t[::1] change_start, const int64_t[::1] change_step,
                   const int32_t[::1] change_lane, const real[::1] change_drive,
                   const int32_t[:, ::1] probe, const int64_t[::1] probe_start,
                   int interval, real[:, ::1] samples) noexcept nogil:
        # Each round delivers the block before, and advances by the next block or what this run has
        # of it. The last one only delivers, if the run ends with a block.
        cdef int parity = self.parity
        cdef int round_ = 0
        cdef int i, slice_
        cdef int64_t step = first_step
        cdef int64_t end
        cdef int64_t first_sample = (first_step + interval - 1) // interval
        cdef unsigned denormals = flush_denormals()
        while step < last_step or (round_ > 0 and step % self.block_steps == 0):
            end = min((step // self.block_steps + 1) * self.block_steps, last_step)
            for i in range(self.n_slices):
                slice_ = (thread * self.n_slices // team + i) % self.n_slices
                if not take_task(self.board, round_, slice_):
                    continue
                if round_ > 0:
                    self.deliver_stimuli(slice_, stimulus_source, stimulus_time,
                                         stimulus_start[round_ - 1], stimulus_start[round_])
                    self.deliver_spikes(slice_, 1 - parity)
                    self.deliver_plastic(slice_, 1 - parity, step, stimulus_source, stimulus_time,
                                         stimulus_start[round_ - 1], stimulus_start[round_])
                    list_clear(&self.lists[slice_].block[parity])
                if step < last_step:
                    self.advance(thread, slice_, parity, step, end, change_start, change_step,
                                 change_lane, change_drive, probe, probe_start, interval,
                                 first_sample, samples)
                    list_sort(&self.lists[slice_].block[parity])
                finish_task(self.board)
            wait_for_round(self.board, round_)
            if self.stopped or step >= last_step:
                break
            round_ += 1
            step = end
            if step % self.block_steps:
                break
            parity = 1 - parity
        restore_denormals(denormals)

    cdef void advance(self, int thread, int slice_, int parity, int64_t step, int64_t end,
                      const int64_t[::1] change_start, const int64_t[::1] change_step,
                      const int32_t[::1] change_lane, const real[::1] change_drive,
                      const int32_t[:, ::1] probe, const int64_t[::1] probe_start, int interval,
                      int64_t first_sample, real[:, ::1] samples) noexcept nogil:
        # Units of one model go together, but for those that are sampled or whose current changes:
        # such a unit is advanced from change to change.
        cdef workspace *own = &self.spaces[thread]
        cdef int64_t unit = self.unit_slice[slice_]
        cdef int64_t last_unit = self.unit_slice[slice_ + 1]
        cdef int64_t next_unit
        while unit < last_unit:
            next_unit = unit + 1
            if self.is_plain(unit, change_start, probe_start):
                while (next_unit < min(last_unit, unit + MOST_UNITS)
                       and self.model[next_unit] == self.model[unit]
                       and self.receptors[next_unit] == self.receptors[unit]
                       and self.shared[next_unit] == self.shared[unit]
                       and self.is_plain(next_unit, change_start, probe_start)):
                    next_unit += 1
                self.advance_units(own, &self.lists[slice_], unit, next_unit, parity, step, end,
                                   NULL)
            else:
                self.advance_special(own, slice_, unit, parity, step, end, change_start,
                                     change_step, change_lane, change_drive, probe, probe_start,
                                     interval, first_sample, samples)
            unit = next_unit

    cdef inline bint is_plain(self, int64_t unit, const int64_t[::1] change_start,
                              const int64_t[::1] probe_start) noexcept nogil:
        return (change_start[unit] == change_start[unit + 1]
                and probe_start[unit] == probe_start[unit + 1])

    cdef void advance_special(self, workspace *own, int slice_, int64_t unit, int parity,
                              int64_t step, int64_t end, const int64_t[::1] change_start,
                              const int64_t[::1] change_step, const int32_t[::1] change_lane,
                              const real[::1] change_drive, const int32_t[:, ::1] probe,
                              const int64_t[::1] probe_start, int interval, int64_t first_sample,
                              real[:, ::1] samples) noexcept nogil:
        cdef const neuron_model *of = &neuron_models[self.model[unit]]
        cdef int64_t last_change = change_start[unit + 1]
        cdef int64_t change = first_change(change_step, change_start[unit], last_change, step)
        cdef int64_t part_end
        cdef bint sampled = probe_start[unit] < probe_start[unit + 1]
        while step < end:
            while change < last_change and change_step[change] <= step:
                self.parameters[self.parameter_start[unit] + of.drive * LANES
                                + change_lane[change]] = change_drive[change]
                change += 1
            part_end = end
            if change < last_change:
                part_end = min(end, change_step[change])
            self.advance_units(own, &self.lists[slice_], unit, unit + 1, parity, step, part_end,
                               own.trace if sampled else NULL)
            if sampled:
                copy_samples(own.trace, states_of(of, self.receptors[unit]), step, part_end, probe, probe_start[unit],
                             probe_start[unit + 1], interval, first_sample, samples)
            step = part_end

    cdef inline void advance_units(self, workspace *own, unit_slice_lists *lists,
                                   int64_t unit, int64_t last_unit, int parity, int64_t step,
                                   int64_t end, real *trace) noexcept nogil:
        cdef unit_block block
        cdef int i
        cdef int32_t neuron
        cdef const int32_t *neurons = &self.neuron[unit, 0]
        cdef double time
        block.n_units = <int> (last_unit - unit)
        block.parameters = &self.parameters[self.parameter_start[unit]]
        block.shared = self.shared[unit]
        block.n_receptors = self.receptors[unit]
        block.state = &self.state[self.state_start[unit]]
        block.input = &self.ring[0, self.input_start[unit]]
        block.slot_stride = self.ring.shape[1]
        block.input_stride = LANES
        block.unit_stride = (neuron_models[self.model[unit]].n_inputs + block.n_receptors) * LANES
        block.n_slots = <int> self.n_slots
        block.first_slot = <int> (step % self.n_slots)
        block.n_steps = <int> (end - step)
        block.trace = trace
        block.first_step = step
        block.key = self.key
        block.key.neuron = &self.number[unit, 0]
        block.spike_lane = own.spike_lane
        block.spike_step = own.spike_step
        block.spike_fraction = own.spike_fraction
        select_advance(self.model[unit], self.saturating, self.level)(&block)
        for i in range(block.n_spikes):
            neuron = neurons[block.spike_lane[i]]
            if neuron < 0:  # an empty lane
                continue
            time = <double> (step + block.spike_step[i]) + block.spike_fraction[i]
            list_append(&lists.block[parity], neuron, 0, time)
            if self.recorded[neuron]:
                list_append(&lists.record, neuron, 0, time)
        if block.broken and self.has_broken_neuron(unit, last_unit):
            self.broken_step = step
            self.stopped = 1

    cdef bint has_broken_neuron(self, int64_t unit, int64_t last_unit) noexcept nogil:
        # What becomes of an empty lane does not matter.
        cdef int64_t row
        cdef int lane
        cdef const real *state
        while unit < last_unit:
            state = &self.state[self.state_start[unit]]
            for row in range(neuron_models[self.model[unit]].n_states):
                for lane in range(LANES):
                    if self.neuron[unit, lane] >= 0 and not state[row * LANES + lane] * 0 == 0:
                        return True
            unit += 1
        return False

    cdef void deliver_stimuli(self, int slice_, const int32_t[::1] source,
                              const double[::1] time, int64_t start, int64_t end) noexcept nogil:
        cdef event_ring to
        if start < end and self.find_ring(&to):
            deliver_events(&self.synapses.table, slice_, 0, &source[start], &time[start], NULL,
                           end - start, &to)

    cdef void deliver_spikes(self, int slice_, int parity) noexcept nogil:
        cdef event_ring to
        cdef int other
        cdef spike_list *spikes
        if not self.find_ring(&to):
            return
        for other in range(self.n_slices):
            spikes = &self.lists[other].block[parity]
            deliver_events(&self.synapses.table, slice_, self.n_spike_sources, spikes.neuron,
                           spikes.time, NULL, spikes.size, &to)

    cdef void deliver_plastic(self, int slice_, int parity, int64_t now,
                              const int32_t[::1] source, const double[::1] time, int64_t start,
                              int64_t end) noexcept nogil:
        # Spikes of the slice's own neurons come first: events may have to see them.
        cdef event_ring to
        cdef int i, other
        cdef spike_list *spikes = &self.lists[slice_].block[parity]
        cdef plastic_table *table
        if self.n_plastic == 0 or not self.find_ring(&to):
            return
        for i in range(self.n_plastic):
            table = self.plastic[i]
            keep_spikes(table, spikes.neuron, spikes.time, spikes.size)
            if start < end:
                take_events(table, slice_, 0, &source[start], &time[start], end - start, &to)
            for other in range(self.n_slices):
                take_events(table, slice_, self.n_spike_sources,
                            self.lists[other].block[parity].neuron,
                            self.lists[other].block[parity].time,
                            self.lists[other].block[parity].size, &to)
            transmit_waiting(table, slice_, now + self.block_steps, &to)
            settle(table, slice_, <double> now)

    cdef bint find_ring(self, event_ring *to) noexcept nogil:
        if self.ring.shape[1] == 0:
            return False
        to.ring = &self.ring[0, 0]
        to.slot_stride = self.ring.shape[1]
        to.place_stride = 1
        to.n_slots = self.n_slots
        return True

    def n_recorded(self):
        """Return the number of spikes kept so far."""
        cdef int i
        cdef int64_t n = 0
        for i in range(self.n_slices):
            n += self.lists[i].record.size
        return n

    def take_recorded(self, int32_t[::1] neuron, double[::1] time):
        """Move the kept spikes into the arrays (of `n_recorded` entries); time in steps."""
        cdef int i
        cdef int64_t k, at = 0
        cdef spike_list *record
        for i in range(self.n_slices):
            record = &self.lists[i].record
            for k in range(record.size):
                neuron[at + k] = record.neuron[k]
                time[at + k] = record.time[k]
            at += record.size
            list_clear(record)


cdef inline int64_t first_change(const int64_t[::1] change_step, int64_t low, int64_t high,
                                 int64_t step) noexcept nogil:
    # The first change at or behind `step`: those before have been made.
    cdef int64_t middle
    while low < high:
        middle = (low + high) // 2
        if change_step[middle] < step:
            low = middle + 1
        else:
            high = middle
    return low


cdef void copy_samples(const real *trace, int n_states, int64_t step, int64_t end,
                       const int32_t[:, ::1] probe, int64_t first_probe, int64_t last_probe,
                       int interval, int64_t first_sample, real[:, ::1] samples) noexcept nogil:
    cdef int64_t i, sample
    cdef int64_t at = (step + interval - 1) // interval
    while at * interval < end:
        sample = at - first_sample
        for i in range(first_probe, last_probe):
            memcpy(&samples[sample, probe[i, 2]],
                   &trace[((at * interval - step) * n_states + probe[i, 1]) * LANES + probe[i, 0]],
                   probe[i, 3] * sizeof(real))
        at += 1
