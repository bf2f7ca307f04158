"""The off-wafer links: queues of pulses between FPGAs and HICANNs, in hardware nanoseconds.

Events come ordered by cell, then time, and leave in the same order; the queues see them by time.
Every trial stands alone, so threads share nothing. What a queue must remember is little: an FPGA
its next free clock, a link the departures of its last pulses, as many as its FIFO has entries.
"""

from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY, NAN, floor, fmax, fmin, isnan
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from "philox.h" nogil:
    double philox_uniform(uint64_t seed, uint32_t purpose, uint64_t index, uint32_t sub_index)

cdef extern from "normal_quantile.h" nogil:
    double normal_quantile(double p)

cdef struct Timing:  # what `Links` says of the way off the wafer, and the scale of time
    double fpga_clock_ns
    int64_t pulses_per_clock
    int64_t group_gap_clocks
    int64_t group_size
    double late_drop_ns
    double send_ahead_ns
    double link_period_ns
    double link_up_period_ns
    int64_t fifo_depth
    double delay_ns
    double jitter_ns
    double largest_jitter_ns
    double time_stamp_ns
    double ns_per_ms  # hardware ns a biological ms

cdef struct Draw:  # whose random numbers
    uint64_t seed
    uint32_t purpose
    uint32_t presentation

cdef struct Queues:  # what the links remember
    int64_t* free_place  # (n_fpgas,) next place of an FPGA; a clock has `pulses_per_clock`
    int64_t* grouped  # (n_fpgas,) pulses of the present group of playback
    double* departures  # (n_links, fifo_depth) ring of the last departures
    int64_t* accepted  # (n_links,) pulses that entered the FIFO
    uint32_t* number  # (n_cells,) events of each cell so far
    int64_t* by_link  # (n_links, 3) events so far: all, dropped before the run, lost

cdef struct Table:  # which link carries what
    const int32_t* cell_link
    const int32_t* link_fpga
    Py_ssize_t n_cells
    Py_ssize_t n_links
    Py_ssize_t n_fpgas

cdef struct Events:
    Py_ssize_t n
    const int32_t* cell
    const double* time_ms

cdef enum:
    SMALL = 16  # up to this many events, insertion is the fastest sort


# --- order by time ---------------------------------------------------------------------------


cdef void merge_sort(
    int64_t* order, int64_t* spare, Py_ssize_t n, const double* time_ms
) noexcept nogil:
    """Sort event numbers by time; equal times keep their order."""
    cdef Py_ssize_t half = n // 2, left = 0, right = half, i, j
    cdef int64_t event
    if n <= SMALL:
        for i in range(1, n):
            event = order[i]
            j = i
            while j > 0 and time_ms[order[j - 1]] > time_ms[event]:
                order[j] = order[j - 1]
                j -= 1
            order[j] = event
        return
    merge_sort(order, spare, half, time_ms)
    merge_sort(order + half, spare, n - half, time_ms)
    memcpy(spare, order, n * sizeof(int64_t))
    for i in range(n):
        if right >= n or (left < half and time_ms[spare[left]] <= time_ms[spare[right]]):
            order[i] = spare[left]
            left += 1
        else:
            order[i] = spare[right]
            right += 1


cdef void order_by_time(
    const double* time_ms, Py_ssize_t n, int64_t* order, int64_t* spare, int64_t* bucket_end
) noexcept nogil:
    """Sort event numbers by time: one bucket an event, then within buckets.

    Even trains fill the buckets evenly, so this is linear; a bucket that bursts fill is merged.
    """
    cdef Py_ssize_t i
    cdef int64_t bucket, begin = 0
    cdef double low = INFINITY, high = -INFINITY
    for i in range(n):
        low = fmin(low, time_ms[i])
        high = fmax(high, time_ms[i])
    memset(bucket_end, 0, (n + 1) * sizeof(int64_t))
    for i in range(n):
        bucket = <int64_t> ((time_ms[i] - low) / (high - low) * n) if high > low else 0
        bucket = max(0, min(bucket, n - 1))
        spare[i] = bucket
        bucket_end[bucket + 1] += 1
    for i in range(n):
        bucket_end[i + 1] += bucket_end[i]
    for i in range(n):
        order[bucket_end[spare[i]]] = i
        bucket_end[spare[i]] += 1
    for i in range(n):
        if bucket_end[i] - begin > 1:
            merge_sort(order + begin, spare, bucket_end[i] - begin, time_ms)
        begin = bucket_end[i]


# --- queues ----------------------------------------------------------------------------------


cdef void clear(Queues queues, Table table, Timing timing) noexcept nogil:
    """Forget everything: no pulse has passed yet."""
    cdef Py_ssize_t i
    for i in range(table.n_fpgas):
        queues.free_place[i] = -(<int64_t> 1 << 60)
        queues.grouped[i] = 0
    for i in range(table.n_links * timing.fifo_depth):
        queues.departures[i] = -INFINITY
    memset(queues.accepted, 0, table.n_links * sizeof(int64_t))
    memset(queues.number, 0, table.n_cells * sizeof(uint32_t))


cdef inline double departure_ns(
    double arrival_ns, double period_ns, int64_t depth, double* departures, int64_t* accepted
) noexcept nogil:
    """Return when a pulse leaves the FIFO onto its link; NaN if the FIFO is full.

    The FIFO is full when the pulse `depth` places ahead has not left yet.
    """
    cdef int64_t place = accepted[0] % depth
    cdef int64_t previous = place - 1 if place > 0 else depth - 1
    if departures[place] > arrival_ns:
        return NAN
    departures[place] = fmax(arrival_ns, departures[previous] + period_ns)
    accepted[0] += 1
    return departures[place]


cdef inline uint64_t index_of(Draw draw, int32_t cell) noexcept nogil:
    return (<uint64_t> draw.presentation << 32) | <uint32_t> cell


cdef inline int64_t clock_of(int64_t place, int64_t per_clock) noexcept nogil:
    """Return the clock of a place; places before time 0 are negative."""
    return place // per_clock if place >= 0 else -((-place + per_clock - 1) // per_clock)


cdef inline double release_ns(
    double due_ns, Timing timing, int64_t* free_place, int64_t* grouped
) noexcept nogil:
    """Return when an FPGA releases a pulse; NaN if it is dropped because that is too late."""
    cdef int64_t per_clock = timing.pulses_per_clock
    cdef int64_t wanted, place, clock
    cdef bint joins
    if timing.fpga_clock_ns == 0:
        return due_ns
    wanted = <int64_t> floor(due_ns / timing.fpga_clock_ns + 0.5)
    joins = (
        grouped[0] < timing.group_size
        and wanted - clock_of(free_place[0] - 1, per_clock) < timing.group_gap_clocks
    )
    place = free_place[0] if joins else max(wanted * per_clock, free_place[0])
    clock = clock_of(place, per_clock)
    if (clock - wanted) * timing.fpga_clock_ns > timing.late_drop_ns:
        return NAN
    free_place[0] = place + 1
    grouped[0] = grouped[0] + 1 if joins else 1
    return clock * timing.fpga_clock_ns


cdef void send_down(
    Events events, Table table, Queues queues, Timing timing, Draw draw, int64_t* order,
    int64_t* spare, int64_t* bucket_end, double* out_ms, int64_t* counts,
) noexcept nogil:
    """Send stimulus events to the wafer; counts are (dropped before the run, lost)."""
    cdef Py_ssize_t i, j
    cdef int32_t link, fpga
    cdef int64_t* by_link
    cdef double jitter_ns, released_ns
    cdef uint32_t number
    counts[0] = counts[1] = 0
    order_by_time(events.time_ms, events.n, order, spare, bucket_end)
    for j in range(events.n):
        i = order[j]
        link = table.cell_link[events.cell[i]]
        fpga = table.link_fpga[link]
        by_link = queues.by_link + 3 * link
        by_link[0] += 1
        released_ns = release_ns(
            events.time_ms[i] * timing.ns_per_ms - timing.send_ahead_ns, timing,
            &queues.free_place[fpga], &queues.grouped[fpga],
        )
        if isnan(released_ns):
            out_ms[i] = NAN
            counts[0] += 1
            by_link[1] += 1
            continue
        out_ms[i] = departure_ns(
            released_ns, timing.link_period_ns, timing.fifo_depth,
            queues.departures + link * timing.fifo_depth, &queues.accepted[link],
        )
        if isnan(out_ms[i]):
            counts[1] += 1
            by_link[2] += 1
    for i in range(events.n):
        number = queues.number[events.cell[i]]
        queues.number[events.cell[i]] = number + 1
        if not isnan(out_ms[i]):
            jitter_ns = timing.jitter_ns * normal_quantile(
                philox_uniform(draw.seed, draw.purpose, index_of(draw, events.cell[i]), number)
            )
            jitter_ns = fmax(-timing.largest_jitter_ns, fmin(timing.largest_jitter_ns, jitter_ns))
            out_ms[i] = fmax(
                events.time_ms[i],  # a later run may not send into the past of this one
                (out_ms[i] + timing.delay_ns + jitter_ns) / timing.ns_per_ms,
            )


cdef void send_up(
    Events events, Table table, Queues queues, Timing timing, Draw draw, int64_t* order,
    int64_t* spare, int64_t* bucket_end, double* out_ms, int64_t* counts,
) noexcept nogil:
    """Record spikes: their time stamps; counts are (0, lost)."""
    cdef Py_ssize_t i, j
    cdef int32_t link
    cdef int64_t* by_link
    cdef double phase
    cdef uint32_t number
    counts[0] = counts[1] = 0
    order_by_time(events.time_ms, events.n, order, spare, bucket_end)
    for j in range(events.n):
        i = order[j]
        link = table.cell_link[events.cell[i]]
        by_link = queues.by_link + 3 * link
        by_link[0] += 1
        out_ms[i] = departure_ns(
            events.time_ms[i] * timing.ns_per_ms, timing.link_up_period_ns, timing.fifo_depth,
            queues.departures + link * timing.fifo_depth, &queues.accepted[link],
        )
        if isnan(out_ms[i]):
            counts[1] += 1
            by_link[2] += 1
    for i in range(events.n):
        number = queues.number[events.cell[i]]
        queues.number[events.cell[i]] = number + 1
        if not isnan(out_ms[i]):
            phase = philox_uniform(draw.seed, draw.purpose, index_of(draw, events.cell[i]), number)
            out_ms[i] += timing.fpga_clock_ns * phase
            if timing.time_stamp_ns > 0:
                out_ms[i] = floor(out_ms[i] / timing.time_stamp_ns) * timing.time_stamp_ns
            out_ms[i] /= timing.ns_per_ms


# --- presentations ---------------------------------------------------------------------------


def send(
    bint up,
    bint fresh,
    dict timing,
    uint64_t seed,
    uint32_t purpose,
    uint32_t first_presentation,
    const int64_t[::1] offsets,  # IN   (n_trials + 1,)
    const int32_t[::1] cell,  # IN   ordered by (cell, time) within a trial
    const double[::1] time_ms,  # IN   biological time
    const int32_t[::1] cell_link,  # IN   (n_cells,)
    const int32_t[::1] link_fpga,  # IN   (n_links,)
    int64_t[:, ::1] free_place,  # IN-OUT (num_threads, n_fpgas)
    int64_t[:, ::1] grouped,  # IN-OUT (num_threads, n_fpgas)
    double[:, :, ::1] departures,  # IN-OUT (num_threads, n_links, fifo_depth)
    int64_t[:, ::1] accepted,  # IN-OUT (num_threads, n_links)
    uint32_t[:, ::1] number,  # IN-OUT (num_threads, n_cells)
    int64_t[:, :, ::1] by_link,  # IN-OUT (num_threads, n_links, 3) all, dropped before, lost
    int64_t[:, :, ::1] scratch,  # SCRATCH (num_threads, 3, longest trial + 1)
    double[::1] out_ms,  # OUT  delivery or time stamp; NaN where lost
    int64_t[:, ::1] counts,  # OUT  (n_trials, 2) dropped before the run, lost
    int num_threads,
):
    """Pass the events of many presentations through the links, or go on with one.

    With `fresh` every trial starts with empty queues; without, the one trial goes on from the
    queues as they are. The counts by link go on in either case.
    """
    cdef Timing times = timing
    cdef Py_ssize_t n_trials = offsets.shape[0] - 1, k
    cdef int slot
    cdef Table table = Table(
        NULL, NULL, cell_link.shape[0], link_fpga.shape[0], free_place.shape[1]
    )
    if cell.shape[0] == 0:
        counts[:, :] = 0
        return
    table.cell_link = &cell_link[0]
    table.link_fpga = &link_fpga[0]
    cdef const int32_t* cells = &cell[0]
    cdef const double* asked_ms = &time_ms[0]
    for k in prange(n_trials, nogil=True, num_threads=num_threads, schedule="dynamic"):
        slot = threadid()
        send_trial(
            up, fresh,
            Events(offsets[k + 1] - offsets[k], cells + offsets[k], asked_ms + offsets[k]),
            table,
            Queues(
                &free_place[slot, 0], &grouped[slot, 0], &departures[slot, 0, 0], &accepted[slot, 0],
                &number[slot, 0], &by_link[slot, 0, 0],
            ),
            times,
            Draw(seed, purpose, first_presentation + <uint32_t> k),
            &scratch[slot, 0, 0], scratch.shape[2], &out_ms[0] + offsets[k], &counts[k, 0],
        )


cdef void send_trial(
    bint up, bint fresh, Events events, Table table, Queues queues, Timing timing, Draw draw,
    int64_t* scratch, Py_ssize_t room, double* out_ms, int64_t* counts,
) noexcept nogil:
    if fresh:
        clear(queues, table, timing)
    if up:
        send_up(
            events, table, queues, timing, draw, scratch, scratch + room, scratch + 2 * room,
            out_ms, counts,
        )
    else:
        send_down(
            events, table, queues, timing, draw, scratch, scratch + room, scratch + 2 * room,
            out_ms, counts,
        )
