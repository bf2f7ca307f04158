# Synapses that change, by source.

cdef extern from "plastic_delivery.h" nogil:
    enum:
        RULE_TSODYKS
        RULE_STOCHASTIC
        RULE_QUANTAL
        RULE_PAIRS
        RULE_VOGELS
        MOST_PARAMETERS
        MOST_VARIABLES
        HISTORY_LIMIT
    ctypedef struct spike_history:
        int size
        int capacity
        double *time
        double *trace
    ctypedef struct segment_state:
        double last
        double trace
        double seen
        int64_t count
    ctypedef struct event_queue:
        int64_t size
        int64_t capacity
        int64_t *segment
        double *time
    ctypedef struct plastic_table:
        int rule
        int64_t n_sources
        int64_t n_slices
        int64_t n_neurons
        const int64_t *row_start
        const synapse_segment *segments
        segment_state *state
        double early
        double longest_delay
        const uint32_t *place
        const int32_t *target
        const int64_t *number
        double sign
        double *weight
        double *variable[3]
        const double *parameter[8]
        int64_t stride[8]
        spike_history *history
        const int64_t *first_neuron
        event_queue *waiting
        int *limit
        unsigned long long seed
        uint32_t purpose
        int failed
    void take_events(plastic_table *table, int slice_, int64_t first_source,
                     const int32_t *source, const double *time, int64_t n,
                     const event_ring *to) noexcept
    void transmit_waiting(plastic_table *table, int slice_, int64_t next_end,
                          const event_ring *to) noexcept
    void keep_spikes(plastic_table *table, const int32_t *neuron, const double *time,
                     int64_t n) noexcept
    void settle(plastic_table *table, int slice_, double now) noexcept
    void catch_up(plastic_table *table, int64_t segment, double end, double *weight) noexcept


#: The rules: number, parameters in order (those of time in steps), variables in order, and whether
#: postsynaptic spikes count.
RULES = {
    "tsodyks": (RULE_TSODYKS, ("use", "tau_rec", "tau_facil", "tau_syn"), ("u", "x", "y"), False),
    "stochastic": (RULE_STOCHASTIC, ("p",), (), False),
    "quantal": (RULE_QUANTAL, ("use", "tau_rec", "tau_facil", "sites"), ("u", "available"), False),
    "pairs": (
        RULE_PAIRS,
        ("tau_plus", "tau_minus", "a_plus", "a_minus", "w_min", "w_max", "mu_plus", "mu_minus"),
        (),
        True,
    ),
    "vogels": (RULE_VOGELS, ("tau", "eta", "alpha", "w_min", "w_max"), (), True),
}


cdef class PlasticTable:
    """Synapses of one rule, sorted by (slice, source, delay).

    Parameters
    ----------
    rule : str
        Of `RULES`.
    segment_start, segment_delay, synapse_start
        As `SynapseTable` has them.
    place : (n,) uint32
        Of the target's input in a slot.
    target : (n,) int32
        Engine number of the neuron.
    number : (n,) int64
        Of the synapse in the network: it keys random numbers.
    parameters : list of (1,) or (n,) float64
        In the order of the rule; times in steps.
    early : float
        1 - 2 f for the dendritic fraction f of the delays.
    sign : float
        Of the weights that are delivered.
    first_neuron : (n_slices + 1,) int64
        Engine number of the first neuron of each slice, and the end.
    n_sources : int
    purpose : int
        Keys random numbers.
    """

    cdef plastic_table table
    cdef synapse_segment *segments
    cdef const int64_t[::1] segment_start
    cdef const uint32_t[::1] place
    cdef const int32_t[::1] target
    cdef const int64_t[::1] number
    cdef const int64_t[::1] first_neuron
    cdef list parameters
    cdef readonly object variables
    cdef double[::1] weight
    cdef double[:, ::1] variable
    cdef int64_t n_segments

    def __cinit__(self, rule, *, const int64_t[::1] segment_start,
                  const double[::1] segment_delay, const int64_t[::1] synapse_start,
                  const uint32_t[::1] place, const int32_t[::1] target,
                  const int64_t[::1] number, parameters, double early, double sign,
                  const int64_t[::1] first_neuron, int64_t n_sources, uint32_t purpose):
        cdef int64_t n = place.shape[0]
        cdef int64_t i
        cdef int k
        kind, names, variables, sees_spikes = RULES[rule]
        self.n_segments = segment_delay.shape[0]
        self.segments = <synapse_segment *> malloc(
            (self.n_segments + 1) * sizeof(synapse_segment))
        self.table.state = <segment_state *> malloc((self.n_segments + 1) * sizeof(segment_state))
        self.table.n_slices = first_neuron.shape[0] - 1
        self.table.n_neurons = first_neuron[first_neuron.shape[0] - 1]
        self.table.waiting = <event_queue *> malloc(self.table.n_slices * sizeof(event_queue))
        self.table.limit = <int *> malloc(self.table.n_slices * sizeof(int))
        if (self.segments == NULL or self.table.state == NULL or self.table.waiting == NULL
                or self.table.limit == NULL):
            raise MemoryError
        memset(self.table.waiting, 0, self.table.n_slices * sizeof(event_queue))
        if sees_spikes:
            self.table.history = <spike_history *> malloc(
                (self.table.n_neurons + 1) * sizeof(spike_history))
            if self.table.history == NULL:
                raise MemoryError
            memset(self.table.history, 0, (self.table.n_neurons + 1) * sizeof(spike_history))
        for i in range(self.n_segments + 1):
            self.segments[i].first = synapse_start[i]
            self.segments[i].delay = segment_delay[i] if i < self.n_segments else 0
            self.table.longest_delay = max(self.table.longest_delay, self.segments[i].delay)
        self.segment_start, self.place, self.target = segment_start, place, target
        self.number, self.first_neuron = number, first_neuron
        self.parameters = [np.ascontiguousarray(p, dtype=np.float64) for p in parameters]
        self.variables = variables
        if len(self.parameters) != len(names):
            raise ValueError(f"rule {rule}: {len(self.parameters)} parameters of {len(names)}")
        self.set_parameters(self.parameters)
        self.weight = np.zeros(max(n, 1))
        self.variable = np.zeros((max(len(variables), 1), max(n, 1)))
        for k in range(len(variables)):
            self.table.variable[k] = &self.variable[k, 0]
        self.table.rule = kind
        self.table.n_sources = n_sources
        self.table.row_start = &segment_start[0]
        self.table.segments = self.segments
        self.table.early, self.table.sign = early, sign
        self.table.place = &place[0] if n else NULL
        self.table.target = &target[0] if n else NULL
        self.table.number = &number[0] if n else NULL
        self.table.weight = &self.weight[0]
        self.table.first_neuron = &first_neuron[0]
        self.table.purpose = purpose
        self.restart(np.zeros(n), [np.zeros(n) for _ in variables], 0)

    def __dealloc__(self):
        cdef int64_t i
        if self.table.history != NULL:
            for i in range(self.table.n_neurons):
                free(self.table.history[i].time)
                free(self.table.history[i].trace)
        if self.table.waiting != NULL:
            for i in range(self.table.n_slices):
                free(self.table.waiting[i].segment)
                free(self.table.waiting[i].time)
        free(self.table.history)
        free(self.table.waiting)
        free(self.table.limit)
        free(self.table.state)
        free(self.segments)

    def restart(self, weight, variables, seed):
        """Go back to the first weights and variables, before any spike.

        Parameters
        ----------
        weight : (n,) float64
            Magnitudes.
        variables : list of (n,) float64
        seed : int
            Of the random numbers, below 2**64.
        """
        cdef int64_t i
        np.asarray(self.weight)[: len(weight)] = weight
        for k, values in enumerate(variables):
            np.asarray(self.variable)[k, : len(values)] = values
        for i in range(self.n_segments):
            self.table.state[i].last = -HUGE_VAL if self.table.rule == RULE_QUANTAL else 0
            self.table.state[i].trace = 0
            self.table.state[i].seen = -HUGE_VAL
            self.table.state[i].count = 0
        if self.table.history != NULL:
            for i in range(self.table.n_neurons):
                self.table.history[i].size = 0
        for i in range(self.table.n_slices):
            self.table.waiting[i].size = 0
            self.table.limit[i] = HISTORY_LIMIT
        self.table.seed = seed

    def set_weights(self, weight, double now=-HUGE_VAL):
        """Set the magnitudes of all weights, (n,) float64.

        Postsynaptic spikes that have met the synapses before a time in steps do not change them.
        """
        cdef int64_t i
        np.asarray(self.weight)[: len(weight)] = weight
        for i in range(self.n_segments):
            self.table.state[i].seen = max(
                self.table.state[i].seen,
                now - (1 - self.table.early) / 2 * self.segments[i].delay)

    def set_parameters(self, parameters):
        """Set all parameters: list of (1,) or (n,) float64 in the order of the rule."""
        cdef int k
        cdef const double[::1] column
        self.parameters = [np.ascontiguousarray(p, dtype=np.float64) for p in parameters]
        for k in range(len(self.parameters)):
            column = self.parameters[k]
            if column.shape[0] not in (1, self.place.shape[0]):
                raise ValueError(f"parameter {k}: {column.shape[0]} values")
            self.table.parameter[k] = &column[0] if column.shape[0] else NULL
            self.table.stride[k] = 0 if column.shape[0] == 1 else 1

    def weights(self, double now):
        """Return the magnitudes of all weights as they are at a time in steps, (n,) float64.

        Postsynaptic spikes count as far as their block is over.
        """
        cdef double[::1] found = np.array(self.weight)
        cdef int64_t i
        if self.table.history != NULL:
            for i in range(self.n_segments):
                catch_up(&self.table, i,
                         now - (1 - self.table.early) / 2 * self.segments[i].delay, &found[0])
        return np.asarray(found)[: self.place.shape[0]]

    def variable_of(self, int number):
        """Return a variable of all synapses as it is behind their last events, (n,) float64."""
        return np.array(self.variable[number])[: self.place.shape[0]]
