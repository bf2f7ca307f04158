# Growing lists of spikes.


cdef struct spike_list:
    int32_t *neuron
    int32_t *trial
    double *time        # in steps
    int64_t size
    int64_t sorted      # the first so many are in order
    int64_t capacity
    int failed          # out of memory: what came after is missing


cdef void list_free(spike_list *spikes) noexcept nogil:
    free(spikes.neuron)
    free(spikes.trial)
    free(spikes.time)
    memset(spikes, 0, sizeof(spike_list))


cdef void list_clear(spike_list *spikes) noexcept nogil:
    spikes.size = 0
    spikes.sorted = 0


cdef int list_reserve(spike_list *spikes, int64_t capacity) noexcept nogil:
    cdef void *neuron
    cdef void *trial
    cdef void *time
    if capacity <= spikes.capacity:
        return 1
    neuron = realloc(spikes.neuron, capacity * sizeof(int32_t))
    if neuron != NULL:
        spikes.neuron = <int32_t *> neuron
    trial = realloc(spikes.trial, capacity * sizeof(int32_t))
    if trial != NULL:
        spikes.trial = <int32_t *> trial
    time = realloc(spikes.time, capacity * sizeof(double))
    if time != NULL:
        spikes.time = <double *> time
    if neuron == NULL or trial == NULL or time == NULL:
        spikes.failed = 1
        return 0
    spikes.capacity = capacity
    return 1


cdef inline void list_append(spike_list *spikes, int32_t neuron, int32_t trial,
                             double time) noexcept nogil:
    if spikes.size == spikes.capacity:
        if not list_reserve(spikes, 2 * spikes.capacity if spikes.capacity else 1024):
            return
    spikes.neuron[spikes.size] = neuron
    spikes.trial[spikes.size] = trial
    spikes.time[spikes.size] = time
    spikes.size += 1


cdef inline bint is_before(spike_list *spikes, int64_t i, int32_t neuron,
                           double time) noexcept nogil:
    return spikes.neuron[i] < neuron or (spikes.neuron[i] == neuron and spikes.time[i] <= time)


cdef void list_sort(spike_list *spikes) noexcept nogil:
    # By neuron, then time. What an advance through the units appends is nearly in order, so
    # insertion is the fastest; what earlier advances of the block appended is merged with it.
    cdef int64_t first = spikes.sorted
    cdef int64_t i, j
    cdef int32_t neuron, trial
    cdef double time
    for i in range(first + 1, spikes.size):
        neuron = spikes.neuron[i]
        trial = spikes.trial[i]
        time = spikes.time[i]
        j = i
        while j > first and not is_before(spikes, j - 1, neuron, time):
            move_spike(spikes, j - 1, j)
            j -= 1
        spikes.neuron[j] = neuron
        spikes.trial[j] = trial
        spikes.time[j] = time
    if first > 0 and first < spikes.size:
        merge_runs(spikes, first)
    spikes.sorted = spikes.size


cdef inline void move_spike(spike_list *spikes, int64_t source, int64_t goal) noexcept nogil:
    spikes.neuron[goal] = spikes.neuron[source]
    spikes.trial[goal] = spikes.trial[source]
    spikes.time[goal] = spikes.time[source]


cdef void merge_runs(spike_list *spikes, int64_t middle) noexcept nogil:
    # The second run is moved behind the list, then both are merged from the end on.
    cdef int64_t size = spikes.size
    cdef int64_t n = size - middle
    cdef int64_t first = middle - 1     # last of the first run
    cdef int64_t second = size + n - 1  # last of the second run's copy
    cdef int64_t goal = size - 1
    cdef int64_t i
    if not list_reserve(spikes, size + n):
        return
    for i in range(n):
        move_spike(spikes, middle + i, size + i)
    while second >= size:
        if first >= 0 and not is_before(spikes, first, spikes.neuron[second],
                                        spikes.time[second]):
            move_spike(spikes, first, goal)
            first -= 1
        else:
            move_spike(spikes, second, goal)
            second -= 1
        goal -= 1
