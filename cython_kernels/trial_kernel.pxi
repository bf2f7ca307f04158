# Many trials of one network: trials are the lanes.


cdef struct trial_network:
    int64_t n_neurons
    const uint8_t *model
    const int32_t *receptors          # of each neuron
    const real *parameters            # (n_parameters,) of each neuron
    const int64_t *parameter_start
    const real *initial_state         # (n_states,) of each neuron
    const int64_t *state_start
    const int64_t *input_start        # number of each neuron's first input
    int64_t n_states                  # of all neurons
    int64_t n_inputs
    int64_t n_slots
    int64_t n_steps
    int64_t n_spike_sources
    int block_steps
    int saturating
    int level
    const uint8_t *recorded
    const int32_t *number
    random_key key
    const uint8_t *stop


cdef struct trial_group:
    real *state       # (n_states, LANES) of each neuron
    real *ring        # (n_inputs, n_slots, LANES) of each neuron
    real *drive       # (n_neurons,)
    int64_t first_trial
    int n_active


def run_trials(*, const uint8_t[::1] model, const int32_t[::1] receptors,
               const real[::1] parameters,
               const int64_t[::1] parameter_start, const real[::1] initial_state,
               const int64_t[::1] state_start, const int64_t[::1] input_start,
               SynapseTable synapses, int64_t n_steps, int block_steps, int64_t n_slots,
               int64_t n_spike_sources,
               const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
               const int64_t[:, ::1] stimulus_start,
               const int64_t[::1] change_start, const int64_t[::1] change_step,
               const real[::1] change_drive, const uint8_t[::1] recorded,
               const int32_t[:, ::1] probe, const int64_t[::1] probe_start, int interval,
               real[:, :, ::1] samples, const uint8_t[::1] stop,
               int n_threads, int saturating, int level, const int32_t[::1] number, uint64_t seed,
               uint32_t purpose, uint32_t first_presentation):
    """Run many trials of one network, each from the initial state; trials are the lanes.

    Parameters
    ----------
    model : (n_neurons,) uint8
        Number of each neuron's model in `LAYOUT`.
    receptors : (n_neurons,) int32
        Receptors of a neuron whose model has any number of them, else 0.
    parameters, initial_state : (n,) real
        Of all neurons.
    parameter_start : (n_neurons,) int64
    state_start : (n_neurons + 1,) int64
    input_start : (n_neurons + 1,) int64
        Number of each neuron's first input.
    synapses : SynapseTable
        Of one slice; a target's place is the number of its input.
    n_steps, block_steps, n_slots : int
    n_spike_sources : int
        Spike sources come before the neurons in the numbering of sources.
    stimulus_source, stimulus_time : (n,)
        By (trial, block, source, time); time in steps.
    stimulus_start : (n_trials, n_blocks + 1) int64
    change_start : (n_neurons + 1,) int64
        Changes of each neuron.
    change_step, change_drive : (m,)
        New drives (mV), by neuron and step.
    recorded : (n_neurons,) uint8
        Whose spikes are kept.
    probe : (p, 2) int32
        State and column of each recorded signal, by neuron.
    probe_start : (n_neurons + 1,) int64
    interval : int
        Steps between samples.
    samples : (n_columns, n_samples, n_trials) real
        Filled: the states at the steps 0, interval, ..., up to and including n_steps.
    stop : (1,) uint8
        Looked at after each block; anything but 0, written by another thread of Python, ends the
        work, and what is returned then is incomplete.
    n_threads, saturating, level : int
    number : (n_neurons,) int32
        Number of each neuron that keys its random numbers, with `seed` and `purpose`.
    seed, purpose : int
    first_presentation : int
        Of the first trial; the others follow.

    Returns
    -------
    spikes : list of (trial, neuron, time)
        One entry a thread: arrays of int32, int32, float64 (steps), as memoryviews of bytes.
    broken : tuple of int
        Trial, neuron and block's first step of a state that is not a finite number; empty if all
        are.

    Raises
    ------
    ValueError
        For a model or an instruction set that there is not, and inputs that saturate of a model
        that has none.
    """
    check_models(model, saturating, level)
    cdef int64_t n_trials = stimulus_start.shape[0]
    cdef int64_t n_groups = (n_trials + LANES - 1) // LANES
    cdef int thread = 0
    cdef int failed = 0
    cdef long[1] tickets
    cdef int64_t[3] broken
    cdef int64_t group = 0
    cdef int team = max(1, min(n_threads, n_groups))
    cdef trial_network network
    if model.shape[0] == 0:
        return [], ()
    tickets[0] = 0
    broken[0] = -1
    network.n_neurons = model.shape[0]
    network.model = &model[0]
    network.receptors = &receptors[0]
    network.parameters = &parameters[0]
    network.parameter_start = &parameter_start[0]
    network.initial_state = &initial_state[0]
    network.state_start = &state_start[0]
    network.input_start = &input_start[0]
    network.n_states = state_start[network.n_neurons]
    network.n_inputs = input_start[network.n_neurons]
    network.n_slots = n_slots
    network.n_steps = n_steps
    network.n_spike_sources = n_spike_sources
    network.block_steps = block_steps
    network.saturating = saturating
    network.level = level
    network.recorded = &recorded[0]
    network.number = &number[0]
    network.key.seed = seed
    network.key.purpose = purpose
    network.key.presentation = first_presentation
    network.key.lanes_are_trials = 1
    network.stop = &stop[0]
    cdef workspace *spaces = <workspace *> malloc(team * sizeof(workspace))
    cdef trial_group *groups = <trial_group *> malloc(team * sizeof(trial_group))
    if spaces == NULL or groups == NULL:
        free(spaces)
        free(groups)
        raise MemoryError
    memset(spaces, 0, team * sizeof(workspace))
    memset(groups, 0, team * sizeof(trial_group))
    try:
        for thread in range(team):
            if (not workspace_init(&spaces[thread], block_steps,
                                       most_receptors(receptors))
                    or not group_init(&groups[thread], &network)):
                raise MemoryError
        with nogil, parallel(num_threads=team):
            thread = threadid()
            group = take_ticket(&tickets[0])
            while group < n_groups and not flag_is_up(network.stop):
                groups[thread].first_trial = group * LANES
                groups[thread].n_active = <int> min(LANES, n_trials - group * LANES)
                group_run(&groups[thread], &spaces[thread], &network, synapses, stimulus_source,
                          stimulus_time, stimulus_start, change_start, change_step, change_drive,
                          probe, probe_start, interval, samples, &broken[0])
                group = take_ticket(&tickets[0])
        result = []
        for thread in range(team):
            failed |= spaces[thread].record.failed | spaces[thread].block.failed
            result.append(list_bytes(&spaces[thread].record))
        if failed:
            raise MemoryError("no memory left for the recorded spikes")
        return result, (broken[0], broken[1], broken[2]) if broken[0] >= 0 else ()
    finally:
        for thread in range(team):
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


cdef int group_init(trial_group *group, const trial_network *network) noexcept nogil:
    group.state = <real *> aligned_alloc(CACHE_LINE, network.n_states * LANES * sizeof(real))
    group.ring = <real *> aligned_alloc(
        CACHE_LINE, network.n_inputs * network.n_slots * LANES * sizeof(real))
    group.drive = <real *> malloc(network.n_neurons * sizeof(real))
    return group.state != NULL and group.ring != NULL and group.drive != NULL


cdef void group_run(trial_group *group, workspace *own, const trial_network *network,
                    SynapseTable synapses, const int32_t[::1] stimulus_source,
                    const double[::1] stimulus_time, const int64_t[:, ::1] stimulus_start,
                    const int64_t[::1] change_start, const int64_t[::1] change_step,
                    const real[::1] change_drive, const int32_t[:, ::1] probe,
                    const int64_t[::1] probe_start, int interval, real[:, :, ::1] samples,
                    int64_t *broken) noexcept nogil:
    cdef int64_t step = 0
    cdef int64_t block = 0
    cdef int64_t end
    cdef unsigned denormals = flush_denormals()
    group_reset(group, network)
    while step < network.n_steps and not flag_is_up(network.stop):
        end = min((block + 1) * network.block_steps, network.n_steps)
        group_advance(group, own, network, step, end, change_start, change_step, change_drive,
                      probe, probe_start, interval, samples, broken)
        step = end
        if step == (block + 1) * network.block_steps:
            group_deliver(group, own, network, synapses, block, stimulus_source, stimulus_time,
                          stimulus_start)
            list_clear(&own.block)
            block += 1
    list_clear(&own.block)
    if network.n_steps % interval == 0:
        sample_end(group, network, probe, probe_start, network.n_steps // interval, samples)
    restore_denormals(denormals)


cdef void group_reset(trial_group *group, const trial_network *network) noexcept nogil:
    cdef int64_t neuron, row
    cdef int lane
    for neuron in range(network.n_neurons):
        group.drive[neuron] = network.parameters[
            network.parameter_start[neuron] + neuron_models[network.model[neuron]].drive]
    for row in range(network.n_states):
        for lane in range(LANES):
            group.state[row * LANES + lane] = network.initial_state[row]
    memset(group.ring, 0, network.n_inputs * network.n_slots * LANES * sizeof(real))


cdef void group_advance(trial_group *group, workspace *own, const trial_network *network,
                        int64_t step, int64_t end, const int64_t[::1] change_start,
                        const int64_t[::1] change_step, const real[::1] change_drive,
                        const int32_t[:, ::1] probe, const int64_t[::1] probe_start, int interval,
                        real[:, :, ::1] samples, int64_t *broken) noexcept nogil:
    # Neurons of one model go together, but for those that are sampled or whose current changes.
    cdef int64_t neuron = 0
    cdef int64_t next_neuron
    while neuron < network.n_neurons:
        next_neuron = neuron + 1
        if has_nothing_special(neuron, change_start, probe_start):
            while (next_neuron < min(network.n_neurons, neuron + MOST_UNITS)
                   and network.model[next_neuron] == network.model[neuron]
                   and network.receptors[next_neuron] == network.receptors[neuron]
                   and has_nothing_special(next_neuron, change_start, probe_start)):
                next_neuron += 1
            advance_neurons(group, own, network, neuron, next_neuron,
                            network.parameters + network.parameter_start[neuron], step, end, NULL,
                            broken)
        else:
            advance_special_neuron(group, own, network, neuron, step, end, change_start,
                                   change_step, change_drive, probe, probe_start, interval,
                                   samples, broken)
        neuron = next_neuron


cdef inline bint has_nothing_special(int64_t neuron, const int64_t[::1] change_start,
                                     const int64_t[::1] probe_start) noexcept nogil:
    return (change_start[neuron] == change_start[neuron + 1]
            and probe_start[neuron] == probe_start[neuron + 1])


cdef void advance_special_neuron(trial_group *group, workspace *own, const trial_network *network,
                                 int64_t neuron, int64_t step, int64_t end,
                                 const int64_t[::1] change_start, const int64_t[::1] change_step,
                                 const real[::1] change_drive, const int32_t[:, ::1] probe,
                                 const int64_t[::1] probe_start, int interval,
                                 real[:, :, ::1] samples, int64_t *broken) noexcept nogil:
    # From change to change, with a copy of the parameters that has the present drive.
    cdef const neuron_model *of = &neuron_models[network.model[neuron]]
    cdef int64_t last_change = change_start[neuron + 1]
    cdef int64_t change = first_change(change_step, change_start[neuron], last_change, step)
    cdef int64_t part_end
    cdef bint sampled = probe_start[neuron] < probe_start[neuron + 1]
    memcpy(own.parameters, network.parameters + network.parameter_start[neuron],
           parameters_of(of, network.receptors[neuron]) * sizeof(real))
    while step < end:
        while change < last_change and change_step[change] <= step:
            group.drive[neuron] = change_drive[change]
            change += 1
        own.parameters[of.drive] = group.drive[neuron]
        part_end = end
        if change < last_change:
            part_end = min(end, change_step[change])
        advance_neurons(group, own, network, neuron, neuron + 1, own.parameters, step, part_end,
                        own.trace if sampled else NULL, broken)
        if sampled:
            sample_trials(group, own.trace, states_of(of, network.receptors[neuron]), step,
                          part_end, probe, probe_start[neuron], probe_start[neuron + 1], interval, samples)
        step = part_end


cdef inline void advance_neurons(trial_group *group, workspace *own, const trial_network *network,
                                 int64_t first, int64_t last, const real *parameters,
                                 int64_t step, int64_t end, real *trace,
                                 int64_t *broken) noexcept nogil:
    cdef const neuron_model *of = &neuron_models[network.model[first]]
    cdef unit_block block
    cdef int i, lane
    cdef int64_t neuron
    cdef double time
    block.n_units = <int> (last - first)
    block.n_receptors = network.receptors[first]
    block.parameters = parameters
    block.shared = 1
    block.first_step = step
    block.key = network.key
    block.key.presentation += <uint32_t> group.first_trial
    block.key.neuron = network.number + first
    block.state = group.state + network.state_start[first] * LANES
    block.slot_stride = LANES
    block.input_stride = network.n_slots * LANES
    block.unit_stride = (of.n_inputs + network.receptors[first]) * block.input_stride
    block.input = group.ring + network.input_start[first] * block.input_stride
    block.n_slots = <int> network.n_slots
    block.first_slot = <int> (step % network.n_slots)
    block.n_steps = <int> (end - step)
    block.trace = trace
    block.spike_lane = own.spike_lane
    block.spike_step = own.spike_step
    block.spike_fraction = own.spike_fraction
    select_advance(network.model[first], network.saturating, network.level)(&block)
    for i in range(block.n_spikes):
        lane = block.spike_lane[i] % LANES
        if lane >= group.n_active:
            continue
        neuron = first + block.spike_lane[i] // LANES
        time = <double> (step + block.spike_step[i]) + block.spike_fraction[i]
        list_append(&own.block, <int32_t> neuron, lane, time)
        if network.recorded[neuron]:
            list_append(&own.record, <int32_t> neuron, <int32_t> (group.first_trial + lane), time)
    if block.broken:
        note_broken(group, network, first, last, step, broken)


cdef void note_broken(trial_group *group, const trial_network *network, int64_t first,
                      int64_t last, int64_t step, int64_t *broken) noexcept nogil:
    # Note the first of the group's trials that is broken; lanes without a trial do not matter.
    cdef int lane
    cdef int64_t neuron, row
    for neuron in range(first, last):
        for lane in range(group.n_active):
            for row in range(network.state_start[neuron], network.state_start[neuron + 1]):
                if not (group.state[row * LANES + lane] * 0 == 0):
                    if broken[0] < 0:
                        broken[1] = neuron
                        broken[2] = step
                        broken[0] = group.first_trial + lane
                    return


cdef void sample_trials(trial_group *group, const real *trace, int n_states, int64_t step,
                        int64_t end, const int32_t[:, ::1] probe, int64_t first_probe,
                        int64_t last_probe, int interval,
                        real[:, :, ::1] samples) noexcept nogil:
    cdef int64_t i
    cdef int64_t at = (step + interval - 1) // interval
    while at * interval < end:
        for i in range(first_probe, last_probe):
            memcpy(&samples[probe[i, 1], at, group.first_trial],
                   &trace[((at * interval - step) * n_states + probe[i, 0]) * LANES],
                   group.n_active * sizeof(real))
        at += 1


cdef void sample_end(trial_group *group, const trial_network *network,
                     const int32_t[:, ::1] probe, const int64_t[::1] probe_start, int64_t at,
                     real[:, :, ::1] samples) noexcept nogil:
    cdef int64_t neuron, i
    for neuron in range(network.n_neurons):
        for i in range(probe_start[neuron], probe_start[neuron + 1]):
            memcpy(&samples[probe[i, 1], at, group.first_trial],
                   &group.state[(network.state_start[neuron] + probe[i, 0]) * LANES],
                   group.n_active * sizeof(real))


cdef void group_deliver(trial_group *group, workspace *own, const trial_network *network,
                        SynapseTable synapses, int64_t block,
                        const int32_t[::1] stimulus_source, const double[::1] stimulus_time,
                        const int64_t[:, ::1] stimulus_start) noexcept nogil:
    cdef int64_t i
    cdef int lane
    cdef spike_list *spikes = &own.block
    cdef event_ring to
    to.ring = group.ring
    to.slot_stride = LANES
    to.place_stride = network.n_slots * LANES
    to.n_slots = network.n_slots
    for lane in range(group.n_active):
        for i in range(stimulus_start[group.first_trial + lane, block],
                       stimulus_start[group.first_trial + lane, block + 1]):
            deliver(&synapses.table, stimulus_source[i], stimulus_time[i], &to, lane)
    deliver_events(&synapses.table, 0, network.n_spike_sources, spikes.neuron, spikes.time,
                   spikes.trial, spikes.size, &to)
