# Growing lists of spikes.


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
