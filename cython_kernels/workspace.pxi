# What every thread needs for itself.


cdef struct workspace:
    int32_t *spike_lane
    int32_t *spike_step
    real *spike_fraction
    real *trace
    real *parameters
    spike_list block   # of trials: spikes of the present block
    spike_list record
    char[CACHE_LINE] apart  # from what the next thread writes


cdef int workspace_init(workspace *own, int block_steps, int n_receptors) noexcept nogil:
    memset(own, 0, sizeof(workspace))
    own.spike_lane = <int32_t *> malloc(
        block_steps * LANES * MOST_UNITS * sizeof(int32_t))
    own.spike_step = <int32_t *> malloc(
        block_steps * LANES * MOST_UNITS * sizeof(int32_t))
    own.spike_fraction = <real *> malloc(
        block_steps * LANES * MOST_UNITS * sizeof(real))
    own.trace = <real *> aligned_alloc(
        CACHE_LINE, block_steps * most_states(n_receptors) * LANES * sizeof(real))
    own.parameters = <real *> malloc(most_parameters(n_receptors) * sizeof(real))
    return (own.spike_lane != NULL and own.spike_step != NULL and own.spike_fraction != NULL
            and own.trace != NULL and own.parameters != NULL)


cdef void workspace_free(workspace *own) noexcept nogil:
    free(own.spike_lane)
    free(own.spike_step)
    free(own.spike_fraction)
    free(own.trace)
    free(own.parameters)
    list_free(&own.block)
    list_free(&own.record)


cdef int most_states(int n_receptors) noexcept nogil:
    cdef int i
    cdef int most = 0
    for i in range(N_MODELS):
        most = max(most, states_of(&neuron_models[i], n_receptors))
    return most


cdef int most_parameters(int n_receptors) noexcept nogil:
    cdef int i
    cdef int most = 0
    for i in range(N_MODELS):
        most = max(most, parameters_of(&neuron_models[i], n_receptors))
    return most
