# Many trials of one network: trials are the lanes.


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
               int n_threads, int saturating, int level):
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
    n_threads, saturating, level : int

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
    advance_kind[0] = select_advance(0, saturating, level)
    advance_kind[1] = select_advance(1, saturating, level)
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
