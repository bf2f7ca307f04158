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
    advance_function select_advance(int adex, int saturating, int level)
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


include "spike_list.pxi"
include "workspace.pxi"
include "synapse_table.pxi"
include "network_kernel.pxi"
include "trial_kernel.pxi"
