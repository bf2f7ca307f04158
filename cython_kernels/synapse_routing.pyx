"""Synapses by target neuron: how many half rows they need, and which sites they get.

All passes share one idea. The synapses of a neuron lie together, so a small table of counters, one
for each (line, group), serves every neuron in turn and is cleared by visiting the same synapses
again. A group is what a half row must have in common: STP mode, sign and the upper two address
bits; ``group = 4 * kind + prefix`` and ``kind = 2 * mode + sign``.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t

cdef enum:
    EVEN = 0
    ODD = 1
    FREE = 2  # as many half rows are needed in the one parity as in the other
    N_GROUPS = 24
    N_PREFIXES = 4
    MOST_HALF_ROWS = 65535  # what a table of half rows can hold

cdef enum:  # `LossReason`
    REALISED = 0
    LAYER1_ROUTE = 1
    DRIVER = 2
    ADDRESS = 3


# --- order by target -------------------------------------------------------------------------


def count_targets(
    const int32_t[::1] postsynaptic,  # IN   cell indices
    const int32_t[::1] cell_neuron,  # IN   (n_cells,) local index of a neuron
    int64_t[::1] count,  # IN-OUT (n_neurons,)
):
    """Add the number of synapses of each neuron to `count`."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(postsynaptic.shape[0]):
            count[cell_neuron[postsynaptic[i]]] += 1


def scatter_by_target(
    const int32_t[::1] presynaptic,  # IN   cell indices
    const int32_t[::1] postsynaptic,  # IN   cell indices
    const int32_t[::1] cell_neuron,  # IN   (n_cells,)
    uint8_t kind,
    int64_t first_position,
    int64_t[::1] cursor,  # IN-OUT (n_neurons,) next free entry of each neuron
    int32_t[::1] source,  # OUT
    uint8_t[::1] kinds,  # OUT
    int32_t[::1] position,  # OUT
):
    """Put the synapses of one projection behind those that their targets already have."""
    cdef Py_ssize_t i
    cdef int64_t entry
    cdef int32_t neuron
    with nogil:
        for i in range(presynaptic.shape[0]):
            neuron = cell_neuron[postsynaptic[i]]
            entry = cursor[neuron]
            cursor[neuron] = entry + 1
            source[entry] = presynaptic[i]
            kinds[entry] = kind
            position[entry] = <int32_t> (first_position + i)


# --- what is needed --------------------------------------------------------------------------


cdef inline int64_t ceil_divided(int64_t count, int64_t size) noexcept nogil:
    return (count + size - 1) // size


cdef inline int parity_of(
    int64_t count, int64_t n_even, int64_t n_odd, int64_t* half_rows
) noexcept nogil:
    """Return the parity that needs fewer half rows for so many synapses, and how many."""
    cdef int64_t even = ceil_divided(count, n_even) if n_even else MOST_HALF_ROWS
    cdef int64_t odd = ceil_divided(count, n_odd) if n_odd else MOST_HALF_ROWS
    half_rows[0] = min(MOST_HALF_ROWS, min(even, odd))
    if n_even == n_odd:
        return FREE
    if n_odd == 0 or even < odd:
        return EVEN
    if n_even == 0 or odd < even:
        return ODD
    return FREE


def count_half_rows(
    const int64_t[::1] start,  # IN   (n_neurons + 1,)
    const int32_t[::1] source,  # IN   (n,)
    const uint8_t[::1] kind,  # IN   (n,)
    const int32_t[::1] cell_line,  # IN   (n_cells,) -1: none
    const int32_t[::1] cell_address,  # IN   (n_cells,)
    const int32_t[::1] neuron_hicann,  # IN   (n_neurons,)
    const int32_t[:, ::1] columns,  # IN   (n_neurons, 2) even and odd ones
    const int32_t[:, ::1] route_of,  # IN   (n_hicanns, n_lines) -1: none
    int32_t[::1] counter,  # SCRATCH (n_lines * 24,) zero before and after
    uint16_t[:, :, ::1] half_rows,  # IN-OUT (n_routes, 3, 24) largest need of a neuron
    int64_t[::1] synapses,  # IN-OUT (n_routes,)
):
    """Find the half rows that every route needs: even, odd or either."""
    cdef Py_ssize_t neuron, i
    cdef int32_t line, route
    cdef int64_t key, count, needed
    cdef int group, parity
    with nogil:
        for neuron in range(neuron_hicann.shape[0]):
            for i in range(start[neuron], start[neuron + 1]):
                line = cell_line[source[i]]
                if line >= 0:
                    group = N_PREFIXES * kind[i] + (cell_address[source[i]] >> 4)
                    counter[line * N_GROUPS + group] += 1
            for i in range(start[neuron], start[neuron + 1]):
                line = cell_line[source[i]]
                if line < 0:
                    continue
                group = N_PREFIXES * kind[i] + (cell_address[source[i]] >> 4)
                key = line * N_GROUPS + group
                count = counter[key]
                if count == 0:
                    continue
                counter[key] = 0
                route = route_of[neuron_hicann[neuron], line]
                if route < 0:
                    continue
                parity = parity_of(count, columns[neuron, EVEN], columns[neuron, ODD], &needed)
                synapses[route] += count
                if needed > half_rows[route, parity, group]:
                    half_rows[route, parity, group] = <uint16_t> needed


cdef inline int64_t even_among(int64_t n_free, int64_t lead) noexcept nogil:
    """Return how many of the first free half rows go to even columns.

    `lead` is how many half rows the odd columns are ahead; the emptier parity comes first, and
    the even one where both are equal.
    """
    cdef int64_t catching_up = min(n_free, lead if lead >= 0 else -lead)
    return (catching_up if lead >= 0 else 0) + (n_free - catching_up + 1) // 2


cdef inline int64_t even_synapses(
    int64_t count, int64_t n_even, int64_t n_odd, int64_t lead
) noexcept nogil:
    """Return how many synapses of a neuron the even ones among its free half rows take."""
    cdef int64_t taken = 0, n_free = 0, room
    while count > 0:
        n_free += 1
        if even_among(n_free, lead) > even_among(n_free - 1, lead):
            room = min(count, n_even)
            taken += room
        else:
            room = min(count, n_odd)
        count -= room
    return taken


def count_by_parity(
    const int64_t[::1] start,  # IN   (n_neurons + 1,)
    const int32_t[::1] source,  # IN   (n,)
    const uint8_t[::1] kind,  # IN   (n,)
    const int32_t[::1] cell_line,  # IN   (n_cells,)
    const int32_t[::1] cell_address,  # IN   (n_cells,)
    const int32_t[::1] neuron_hicann,  # IN   (n_neurons,)
    const int32_t[:, ::1] columns,  # IN   (n_neurons, 2)
    const int32_t[:, ::1] route_of,  # IN   (n_hicanns, n_lines)
    const int32_t[:, ::1] lead,  # IN   (n_routes, 24) odd half rows less even ones beforehand
    int32_t[::1] counter,  # SCRATCH (n_lines * 24,)
    int32_t[:, :, ::1] synapses,  # IN-OUT (n_routes, 2, 24)
):
    """Count the synapses of every route by the parity of the columns meant for them."""
    cdef Py_ssize_t neuron, i
    cdef int32_t line, route
    cdef int64_t key, count, needed, even
    cdef int group, parity
    with nogil:
        for neuron in range(neuron_hicann.shape[0]):
            for i in range(start[neuron], start[neuron + 1]):
                line = cell_line[source[i]]
                if line >= 0:
                    group = N_PREFIXES * kind[i] + (cell_address[source[i]] >> 4)
                    counter[line * N_GROUPS + group] += 1
            for i in range(start[neuron], start[neuron + 1]):
                line = cell_line[source[i]]
                if line < 0:
                    continue
                group = N_PREFIXES * kind[i] + (cell_address[source[i]] >> 4)
                key = line * N_GROUPS + group
                count = counter[key]
                if count == 0:
                    continue
                counter[key] = 0
                route = route_of[neuron_hicann[neuron], line]
                if route < 0:
                    continue
                parity = parity_of(count, columns[neuron, EVEN], columns[neuron, ODD], &needed)
                if parity == FREE:
                    even = even_synapses(
                        count, columns[neuron, EVEN], columns[neuron, ODD], lead[route, group]
                    )
                else:
                    even = count if parity == EVEN else 0
                synapses[route, EVEN, group] += <int32_t> even
                synapses[route, ODD, group] += <int32_t> (count - even)


# --- which sites they get --------------------------------------------------------------------


cdef struct Neuron:
    int32_t hicann
    int32_t first_column[2]  # first column of each parity
    int32_t n_columns[2]


cdef struct HalfRows:  # of one route and group
    const int16_t* first  # ordinal of the first row, even and 24 further on odd
    const int16_t* count


cdef inline int64_t site_of(
    int64_t number, Neuron neuron, HalfRows half_rows, int32_t first_driver
) noexcept nogil:
    """Return the `number`-th site that a neuron has in half rows, or -1.

    A site is packed as ``row << 8 | column``.
    """
    cdef int parity
    cdef int64_t n_sites, ordinal, row, column
    for parity in range(2):
        n_sites = half_rows.count[parity * N_GROUPS] * neuron.n_columns[parity]
        if number < n_sites:
            ordinal = half_rows.first[parity * N_GROUPS] + number // neuron.n_columns[parity]
            column = neuron.first_column[parity] + 2 * (number % neuron.n_columns[parity])
            row = 2 * (first_driver + 2 * (ordinal // 2)) + ordinal % 2
            return row << 8 | column
        number -= n_sites
    return -1


def place_synapses(
    const int64_t[::1] start,  # IN   (n_neurons + 1,)
    const int32_t[::1] source,  # IN   (n,)
    const uint8_t[::1] kind,  # IN   (n,)
    const int32_t[::1] position,  # IN   (n,)
    const int32_t[::1] cell_line,  # IN   (n_cells,)
    const int32_t[::1] cell_address,  # IN   (n_cells,)
    const int32_t[::1] neuron_hicann,  # IN   (n_neurons,)
    const int32_t[:, ::1] first_column,  # IN   (n_neurons, 2)
    const int32_t[:, ::1] columns,  # IN   (n_neurons, 2)
    const int32_t[:, ::1] route_of,  # IN   (n_hicanns, n_lines)
    const int32_t[::1] first_driver,  # IN   (n_routes,) -1: none
    const int16_t[:, :, ::1] half_row_first,  # IN   (n_routes, 2, 24)
    const int16_t[:, :, ::1] half_row_count,  # IN   (n_routes, 2, 24)
    const uint8_t[:, :, ::1] defect,  # IN   (n_hicanns or 0, 448, 256)
    int32_t[::1] counter,  # SCRATCH (n_lines * 24,) zero before and after
    int32_t[::1] site,  # OUT  (n,) by position: hicann << 21 | row << 12 | column << 4 | decoder
    uint8_t[::1] reason,  # OUT (n,) by position; REALISED at first
):
    """Give every synapse a site of its own, or the reason why it has none."""
    cdef Py_ssize_t n, i
    cdef int32_t line, route, place, address
    cdef int64_t key, found
    cdef int group
    cdef Neuron neuron
    cdef HalfRows half_rows
    cdef bint check_defects = defect.shape[0] > 0
    with nogil:
        for n in range(neuron_hicann.shape[0]):
            neuron = Neuron(
                neuron_hicann[n],
                [first_column[n, EVEN], first_column[n, ODD]],
                [columns[n, EVEN], columns[n, ODD]],
            )
            for i in range(start[n], start[n + 1]):
                place = position[i]
                site[place] = -1
                line = cell_line[source[i]]
                if line < 0:
                    reason[place] = ADDRESS
                    continue
                route = route_of[neuron.hicann, line]
                if route < 0:
                    reason[place] = LAYER1_ROUTE
                    continue
                found = -1
                if first_driver[route] >= 0:
                    address = cell_address[source[i]]
                    group = N_PREFIXES * kind[i] + (address >> 4)
                    half_rows = HalfRows(
                        &half_row_first[route, 0, group], &half_row_count[route, 0, group]
                    )
                    key = line * N_GROUPS + group
                    found = site_of(counter[key], neuron, half_rows, first_driver[route])
                    while found >= 0:
                        counter[key] += 1
                        if not check_defects or not defect[neuron.hicann, found >> 8, found & 255]:
                            break
                        found = site_of(counter[key], neuron, half_rows, first_driver[route])
                if found < 0:
                    reason[place] = DRIVER
                else:
                    site[place] = <int32_t> (
                        <int64_t> neuron.hicann << 21 | found << 4 | (address & 15)
                    )
            for i in range(start[n], start[n + 1]):
                line = cell_line[source[i]]
                if line >= 0:
                    group = N_PREFIXES * kind[i] + (cell_address[source[i]] >> 4)
                    counter[line * N_GROUPS + group] = 0
