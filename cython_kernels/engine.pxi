# The engine, for one floating type `real` (REAL in C): the stepping of neurons in vectors, the
# delivery of events through a ring of time slots, and both of its uses: one network, or many trials
# of one network.
#
# Time advances in blocks of several steps, not longer than the shortest delay: within a block no
# neuron can reach another one, so each unit of lanes goes through the whole block with its state in
# registers. After a block its spikes are delivered. Each unit belongs to a slice; a thread that
# works on a slice delivers to its units only, and sums are formed in one order (stimuli by source
# and time, neurons by number and time, synapses as sorted), whatever the number of slices and
# threads, so results are equal to the bit. In trials the lanes of a unit are LANES trials of one
# neuron, and sums are formed in the same order.

from cython.parallel cimport parallel, threadid
from libc.math cimport HUGE_VAL
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

import numpy as np

cdef extern from "<stdlib.h>" nogil:
    void *aligned_alloc(size_t alignment, size_t size)

cdef extern from "vector_step.h" nogil:
    enum:
        LANES
        MOST_UNITS
        CACHE_LINE
        N_LEVELS
        N_MODELS
        N_RECEPTOR_PARAMETERS
        N_RECEPTOR_STATES
    ctypedef struct random_key:
        uint64_t seed
        uint32_t purpose
        uint32_t presentation
        const int32_t *neuron
        int lanes_are_trials
    ctypedef struct unit_block:
        int n_units
        const real *parameters
        int shared
        real *state
        real *input
        long slot_stride
        long input_stride
        long unit_stride
        int n_receptors
        int n_slots
        int first_slot
        int n_steps
        real *trace
        int n_spikes
        int32_t *spike_lane
        int32_t *spike_step
        real *spike_fraction
        int broken
        int64_t first_step
        random_key key
    ctypedef void (*advance_function)(unit_block *) noexcept nogil
    ctypedef struct neuron_model:
        const char *name
        const char *const *parameters
        const char *const *states
        int n_parameters
        int n_states
        int n_inputs
        int receptors
        int drive
    const neuron_model neuron_models[]
    const char *const receptor_parameter_names[]
    const char *const receptor_state_names[]
    advance_function select_advance(int model, int saturating, int level)
    int best_instruction_set()
    unsigned flush_denormals() noexcept
    void restore_denormals(unsigned before) noexcept

cdef extern from "synapse_delivery.h" nogil:
    ctypedef struct synapse_segment:
        int64_t first
        double delay
    ctypedef struct synapse_table:
        const int64_t *row_start
        const synapse_segment *segments
        const uint32_t *target
        const real *weight
        int coded
        int64_t n_sources
    ctypedef struct event_ring:
        real *ring
        int64_t slot_stride
        int64_t place_stride
        int64_t n_slots
    void deliver(const synapse_table *table, int64_t row, double time, const event_ring *to,
                 int64_t lane) noexcept
    void deliver_events(const synapse_table *table, int slice_, int64_t first_source,
                        const int32_t *source, const double *time, const int32_t *lane,
                        int64_t n, const event_ring *to) noexcept

cdef extern from "team_barrier.h" nogil:
    ctypedef struct task_board:
        pass
    task_board *board_new(int n_tasks) noexcept
    void board_free(task_board *board) noexcept
    void board_reset(task_board *board) noexcept
    int take_task(task_board *board, int round_, int task) noexcept
    void finish_task(task_board *board) noexcept
    void wait_for_round(task_board *board, int round_) noexcept
    long take_ticket(long *counter) noexcept
    bint flag_is_up(const uint8_t *flag) noexcept

cdef extern from *:
    """
    #ifdef _OPENMP
    #define HAS_OPENMP 1
    #else
    #define HAS_OPENMP 0
    #endif
    """
    int HAS_OPENMP


def _model_description(int model):
    cdef const neuron_model *of = &neuron_models[model]
    return {
        "number": model,
        "parameters": tuple(of.parameters[i].decode() for i in range(of.n_parameters)),
        "states": tuple(of.states[i].decode() for i in range(of.n_states)),
        "inputs": of.n_inputs,
        "receptors": bool(of.receptors),
        "saturates": select_advance(model, 1, 0) != NULL,
    }


#: Numbers and names that the layout of the arrays depends on: the lanes of a unit, and of each
#: model its number, the rows of its parameters and states, how many inputs it has, and whether it
#: has receptors besides: each has one input, and rows of its own behind those of the model.
LAYOUT = {
    "lanes": LANES,
    "models": {
        neuron_models[i].name.decode(): _model_description(i) for i in range(N_MODELS)
    },
    "receptor_parameters": tuple(
        receptor_parameter_names[i].decode() for i in range(N_RECEPTOR_PARAMETERS)
    ),
    "receptor_states": tuple(
        receptor_state_names[i].decode() for i in range(N_RECEPTOR_STATES)
    ),
}


def has_openmp():
    """Whether the kernels were built with OpenMP."""
    return bool(HAS_OPENMP)


def instruction_set():
    """Best instruction set of this machine: 0 baseline, 1 AVX2 with FMA, 2 AVX-512."""
    return best_instruction_set()


cdef inline int states_of(const neuron_model *of, int n_receptors) noexcept nogil:
    return of.n_states + n_receptors * N_RECEPTOR_STATES


cdef inline int parameters_of(const neuron_model *of, int n_receptors) noexcept nogil:
    return of.n_parameters + n_receptors * N_RECEPTOR_PARAMETERS


cdef int most_receptors(const int32_t[::1] receptors) noexcept nogil:
    cdef int64_t i
    cdef int most = 0
    for i in range(receptors.shape[0]):
        most = max(most, receptors[i])
    return most


cdef void check_models(const uint8_t[::1] model, int saturating, int level) except *:
    cdef int64_t i
    if not 0 <= level <= best_instruction_set():
        raise ValueError(f"instruction set {level}: this machine has 0 to {best_instruction_set()}")
    for i in range(model.shape[0]):
        if model[i] >= N_MODELS:
            raise ValueError(f"neuron model {model[i]} of entry {i}: there are 0 to {N_MODELS - 1}")
        if select_advance(model[i], saturating, level) == NULL:
            name = neuron_models[model[i]].name.decode()
            raise ValueError(f"neuron model {name} of entry {i} has no inputs that saturate")


include "spike_list.pxi"
include "workspace.pxi"
include "synapse_table.pxi"
include "plastic_table.pxi"
include "network_kernel.pxi"
include "trial_kernel.pxi"
