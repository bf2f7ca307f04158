"""Spike trains of the sources, and their order of delivery.

A Poisson source draws its intervals one after the other: interval k of source s in presentation p
is ``-log(u) / rate`` with u keyed by (seed, purpose, p * 2**32 + s, k). A train is therefore known
from where it stands, (time of the next event, number of intervals drawn), and may be continued in
windows of any length, by any thread.
"""

from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, fmin, log
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from "philox.h" nogil:
    double philox_uniform(uint64_t seed, uint32_t purpose, uint64_t index, uint32_t sub_index)

cdef extern from "time_grid.h" nogil:
    long long step_of(double t_ms, double inv_dt)

cdef struct Draw:  # whose random numbers
    uint64_t seed
    uint32_t purpose
    uint32_t presentation

cdef struct Slots:  # where events go; `count` goes on beyond the capacity
    int32_t* source
    double* time_ms
    int64_t capacity
    int64_t count


cdef inline double wait_ms(
    Draw draw, int32_t source, uint32_t number, double rate_hz
) noexcept nogil:
    cdef uint64_t index = (<uint64_t> draw.presentation << 32) | <uint32_t> source
    if not rate_hz > 0.0:
        return INFINITY
    return -log(philox_uniform(draw.seed, draw.purpose, index, number)) * 1000.0 / rate_hz


cdef inline void put(Slots* slots, int32_t source, double time_ms) noexcept nogil:
    if slots.count < slots.capacity:
        slots.source[slots.count] = source
        slots.time_ms[slots.count] = time_ms
    slots.count += 1


cdef inline double put_poisson(
    Slots* slots, Draw draw, int32_t source, double rate_hz, double t_from, double t_end,
    double next_ms, uint32_t* number,
) noexcept nogil:
    """Put the events before `t_end` and return the time of the one after them."""
    while next_ms < t_end:
        if next_ms >= t_from:
            put(slots, source, next_ms)
        next_ms = next_ms + wait_ms(draw, source, number[0], rate_hz)
        number[0] += 1
    return next_ms


cdef inline void put_given(
    Slots* slots, int32_t source, const double* times_ms, int64_t first, int64_t last,
    double t_from, double t_to,
) noexcept nogil:
    """Put the times in [t_from, t_to) among the ascending ``times_ms[first:last]``."""
    cdef int64_t high = last, middle
    while first < high:
        middle = (first + high) // 2
        if times_ms[middle] < t_from:
            first = middle + 1
        else:
            high = middle
    while first < last and times_ms[first] < t_to:
        put(slots, source, times_ms[first])
        first += 1


def draw_waits(
    uint64_t seed,
    uint32_t purpose,
    uint32_t presentation,
    const double[::1] rate_hz,  # IN
    const uint32_t[::1] number,  # IN   which interval of each source
    double[::1] out,  # OUT  ms; inf for rate 0
):
    """Draw one interval for each source."""
    cdef Draw draw = Draw(seed, purpose, presentation)
    cdef Py_ssize_t s
    with nogil:
        for s in range(rate_hz.shape[0]):
            out[s] = wait_ms(draw, <int32_t> s, number[s], rate_hz[s])


def presentation_events(
    uint64_t seed,
    uint32_t purpose,
    uint32_t presentation,
    const double[::1] rate_hz,  # IN
    const double[::1] stop_ms,  # IN   end of each Poisson source
    const int64_t[::1] offsets,  # IN   (n_sources + 1,) into times_ms
    const double[::1] times_ms,  # IN   given times, ascending within a source
    double t_from,
    double t_to,
    double[::1] next_ms,  # IN-OUT  next event of each Poisson source
    uint32_t[::1] number,  # IN-OUT  intervals drawn so far
    int32_t[::1] source_out,  # OUT  ordered by (source, time)
    double[::1] time_out,  # OUT
):
    """Return the number of events in [t_from, t_to); those beyond the capacity are not stored."""
    cdef Draw draw = Draw(seed, purpose, presentation)
    cdef Slots slots = Slots(NULL, NULL, source_out.shape[0], 0)
    cdef const double* given = &times_ms[0] if times_ms.shape[0] > 0 else NULL
    cdef Py_ssize_t s
    if slots.capacity > 0:
        slots.source = &source_out[0]
        slots.time_ms = &time_out[0]
    with nogil:
        for s in range(rate_hz.shape[0]):
            next_ms[s] = put_poisson(
                &slots, draw, <int32_t> s, rate_hz[s], t_from, fmin(t_to, stop_ms[s]),
                next_ms[s], &number[s],
            )
            put_given(&slots, <int32_t> s, given, offsets[s], offsets[s + 1], t_from, t_to)
    return slots.count


cdef int64_t put_trial(
    Slots slots, Draw draw, Py_ssize_t n_sources, const double* rate_hz, const double* start_ms,
    const double* stop_ms, const int64_t* offsets, const double* times_ms, double t_to,
) noexcept nogil:
    """Put all events of a presentation from its start on and return their number."""
    cdef Py_ssize_t s
    cdef uint32_t number
    cdef double first_ms
    for s in range(n_sources):
        number = 1
        first_ms = start_ms[s] + wait_ms(draw, <int32_t> s, 0, rate_hz[s])
        put_poisson(
            &slots, draw, <int32_t> s, rate_hz[s], 0.0, fmin(t_to, stop_ms[s]), first_ms, &number
        )
        put_given(&slots, <int32_t> s, times_ms, offsets[s], offsets[s + 1], 0.0, t_to)
    return slots.count


def trial_events(
    uint64_t seed,
    uint32_t purpose,
    uint32_t first_presentation,
    const double[:, ::1] rate_hz,  # IN   (n_trials, n_sources)
    const double[::1] start_ms,  # IN   (n_sources,)
    const double[::1] stop_ms,  # IN   (n_sources,)
    const int64_t[::1] offsets,  # IN   (n_trials * n_sources + 1,) into times_ms
    const double[::1] times_ms,  # IN
    double t_to,
    const int64_t[::1] slot_offsets,  # IN   (n_trials + 1,) room of each trial
    int32_t[::1] source_slots,  # OUT  ordered by (source, time) within a trial
    double[::1] time_slots,  # OUT
    int64_t[::1] counts,  # OUT  events of each trial, also those without room
    int num_threads,
):
    """Generate the events of many presentations; trial k is presentation first + k."""
    cdef Py_ssize_t n_trials = rate_hz.shape[0], n_sources = rate_hz.shape[1], k
    cdef const double* given = &times_ms[0] if times_ms.shape[0] > 0 else NULL
    if n_trials == 0 or n_sources == 0 or source_slots.shape[0] == 0:
        counts[:] = 0
        return
    cdef int32_t* sources = &source_slots[0]
    cdef double* times = &time_slots[0]
    for k in prange(n_trials, nogil=True, num_threads=num_threads, schedule="dynamic"):
        counts[k] = put_trial(
            Slots(
                sources + slot_offsets[k], times + slot_offsets[k],
                slot_offsets[k + 1] - slot_offsets[k], 0,
            ),
            Draw(seed, purpose, first_presentation + <uint32_t> k),
            n_sources, &rate_hz[k, 0], &start_ms[0], &stop_ms[0], &offsets[k * n_sources], given,
            t_to,
        )


def close_gaps(
    const int64_t[::1] slot_offsets,  # IN   (n_trials + 1,)
    const int64_t[::1] offsets,  # IN   (n_trials + 1,) the same without gaps
    const int32_t[::1] source_slots,  # IN
    const double[::1] time_slots,  # IN
    int32_t[::1] source,  # OUT
    double[::1] time_ms,  # OUT
    int num_threads,
):
    """Copy the events of each trial from its room to its final place."""
    cdef Py_ssize_t k
    if source.shape[0] == 0:
        return
    cdef const int32_t* source_from = &source_slots[0]
    cdef const double* time_from = &time_slots[0]
    cdef int32_t* source_to = &source[0]
    cdef double* time_to = &time_ms[0]
    for k in prange(offsets.shape[0] - 1, nogil=True, num_threads=num_threads):
        memcpy(
            source_to + offsets[k], source_from + slot_offsets[k],
            (offsets[k + 1] - offsets[k]) * sizeof(int32_t),
        )
        memcpy(
            time_to + offsets[k], time_from + slot_offsets[k],
            (offsets[k + 1] - offsets[k]) * sizeof(double),
        )


cdef inline int64_t block_of(
    double t_ms, double inv_dt, int64_t first_step, int64_t block_steps, int64_t n_blocks
) noexcept nogil:
    """Return the block of a time: 0 also for earlier times, n_blocks for all later ones."""
    cdef int64_t step = step_of(t_ms, inv_dt) - first_step
    if step < 0:
        return 0
    return min(step // block_steps, n_blocks)


cdef void order_trial(
    int64_t first, int64_t last, const int32_t* source, const double* time_ms, double inv_dt,
    int64_t first_step, int64_t block_steps, int64_t n_blocks, int64_t* cursor,
    int64_t* block_offsets, int32_t* source_out, double* time_out,
) noexcept nogil:
    """Sort one trial's events by block, keeping the order within a block (counting sort)."""
    cdef int64_t i, block, begin = first, size
    memset(cursor, 0, (n_blocks + 1) * sizeof(int64_t))
    for i in range(first, last):
        cursor[block_of(time_ms[i], inv_dt, first_step, block_steps, n_blocks)] += 1
    for block in range(n_blocks + 1):
        size = cursor[block]
        cursor[block] = block_offsets[block] = begin
        begin += size
    for i in range(first, last):
        block = block_of(time_ms[i], inv_dt, first_step, block_steps, n_blocks)
        source_out[cursor[block]] = source[i]
        time_out[cursor[block]] = time_ms[i]
        cursor[block] += 1


def order_for_delivery(
    const int64_t[::1] offsets,  # IN   (n_trials + 1,)
    const int32_t[::1] source,  # IN   ordered by (source, time) within a trial
    const double[::1] time_ms,  # IN
    double inv_dt,
    int64_t first_step,
    int64_t block_steps,
    int64_t[:, ::1] cursor,  # SCRATCH (num_threads, n_blocks + 1)
    int64_t[:, ::1] block_offsets,  # OUT  (n_trials, n_blocks + 1) into the sorted events
    int32_t[::1] source_out,  # OUT  ordered by (block, source, time) within a trial
    double[::1] time_out,  # OUT
    int num_threads,
):
    """Order the events of every trial by block of time steps; later ones stand at the end."""
    cdef int64_t n_blocks = block_offsets.shape[1] - 1
    cdef Py_ssize_t k
    if source.shape[0] == 0:
        block_offsets[:, :] = 0
        return
    for k in prange(
        offsets.shape[0] - 1, nogil=True, num_threads=num_threads, schedule="dynamic"
    ):
        order_trial(
            offsets[k], offsets[k + 1], &source[0], &time_ms[0], inv_dt, first_step, block_steps,
            n_blocks, &cursor[threadid(), 0], &block_offsets[k, 0], &source_out[0], &time_out[0],
        )


def steps_of(const double[::1] time_ms, double inv_dt, int64_t[::1] out):
    """Fill `out` with the time step that each time falls into."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(out.shape[0]):
            out[i] = step_of(time_ms[i], inv_dt)
