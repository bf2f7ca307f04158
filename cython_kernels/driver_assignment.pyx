"""Synapse drivers for the lines that reach one side of a HICANN, and the rows inside a chain.

The drivers of a side are numbered 0..111 from north to south, 56 in each quadrant; chains do not
leave their quadrant.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t
from libc.string cimport memset

cdef enum:
    DRIVERS_PER_SIDE = 112
    DRIVERS_PER_QUADRANT = 56
    MOST_LINES = 512  # on one side: 128 V lines of the HICANN and 128 of its neighbour
    N_MODES = 3
    N_SIGNS = 2
    N_PREFIXES = 4
    N_GROUPS = 24

cdef struct Request:  # of one line to one side
    int64_t number  # where it stands among all requests
    int32_t line
    int32_t wanted  # drivers, no more than the chain limit
    int64_t synapses
    int32_t granted
    bint last_resort  # lost all it had been granted, and waits till the others have theirs

cdef struct Chain:
    int32_t first
    int32_t last
    int32_t primary


# --- how many drivers each line may have ------------------------------------------------------


cdef int order_by_gap(
    const double* gap, const bint* counts, int n, int32_t* order
) noexcept nogil:
    """List the entries that count by descending gap, equal ones as they come."""
    cdef int i, j, n_listed = 0
    for i in range(n):
        if not counts[i]:
            continue
        j = n_listed
        while j > 0 and gap[order[j - 1]] < gap[i]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = i
        n_listed += 1
    return n_listed


cdef void grant_all(Request* requests, int n) noexcept nogil:
    cdef int i
    for i in range(n):
        requests[i].granted = requests[i].wanted
        requests[i].last_resort = False


cdef void grant_shares(
    Request* requests, int n, const int32_t* needed, int64_t available, int32_t limit
) noexcept nogil:
    """Share out the drivers in proportion to the synapses.

    Everyone gets its share rounded down, but at least one driver and at most what it wants. Left
    overs go one by one to those furthest below their share; missing ones are taken one by one
    from those furthest above it, and who loses its only driver comes last in the packing.
    """
    cdef int i, k, n_listed
    cdef int64_t assigned = 0, total = 0, share_down
    cdef double share
    cdef double[MOST_LINES] gap
    cdef bint[MOST_LINES] counts
    cdef int32_t[MOST_LINES] order
    cdef bint changed = True, all_served = True
    for i in range(n):
        total += requests[i].synapses
    for i in range(n):
        share = <double> requests[i].synapses / total * available
        share_down = max(1, min(<int64_t> needed[i], <int64_t> share))
        requests[i].granted = <int32_t> min(limit, share_down)
        requests[i].last_resort = False
        assigned += requests[i].granted
        all_served = all_served and requests[i].granted == needed[i]
        gap[i] = share - requests[i].granted
        counts[i] = gap[i] > 0 and requests[i].granted < needed[i]
    if all_served:
        return
    n_listed = order_by_gap(gap, counts, n, order)
    while assigned < available and changed:
        changed = False
        for k in range(n_listed):
            if assigned < available and requests[order[k]].granted < requests[order[k]].wanted:
                requests[order[k]].granted += 1
                assigned += 1
                changed = True
    for i in range(n):
        gap[i] = -gap[i]
        counts[i] = gap[i] > 0
    n_listed = order_by_gap(gap, counts, n, order)
    while assigned > available and n_listed > 0:
        for k in range(n_listed):
            i = order[k]
            if assigned > available and requests[i].granted > 0:
                requests[i].granted -= 1
                assigned -= 1
                requests[i].last_resort = requests[i].granted == 0
    for i in range(n):
        if requests[i].last_resort:
            requests[i].granted = requests[i].wanted


# --- where the chains lie --------------------------------------------------------------------


cdef inline int free_above(const uint8_t* taken, int driver) noexcept nogil:
    """Return how many drivers north of one are free without a break, in its quadrant."""
    cdef int top = driver - driver % DRIVERS_PER_QUADRANT, n = 0
    while driver - n > top and not taken[driver - n - 1]:
        n += 1
    return n


cdef inline int free_below(const uint8_t* taken, int driver) noexcept nogil:
    """Return how many drivers from one on southwards are free, itself included."""
    cdef int end = driver - driver % DRIVERS_PER_QUADRANT + DRIVERS_PER_QUADRANT, n = 0
    while driver + n < end and not taken[driver + n]:
        n += 1
    return n


cdef int best_primary(
    const uint8_t* taken, const int32_t* reachable, int n_reachable, int length
) noexcept nogil:
    """Return the reachable free driver in the smallest gap that holds `length`, else the largest.

    Of equal gaps the northern driver wins where the gap suffices and the southern one where it
    does not; -1 if all reachable drivers are taken.
    """
    cdef int i, driver, gap, best = -1, best_gap = 0
    for i in range(n_reachable):
        driver = reachable[i]
        if driver < 0 or taken[driver]:
            continue
        gap = free_above(taken, driver) + free_below(taken, driver)
        if (
            best < 0
            or (gap >= length and (best_gap < length or gap < best_gap))
            or (gap >= length and gap == best_gap and driver < best)
            or (gap < length and best_gap < length and gap > best_gap)
            or (gap < length and gap == best_gap and driver > best)
        ):
            best, best_gap = driver, gap
    return best


cdef Chain take_chain(uint8_t* taken, int primary, int length) noexcept nogil:
    """Take up to `length` drivers around the primary: north of it first, then south."""
    cdef int above = min(free_above(taken, primary), length - 1)
    cdef int below = min(free_below(taken, primary), length - above)
    memset(taken + primary - above, 1, above + below)
    return Chain(primary - above, primary + below - 1, primary)


cdef inline bint comes_before(Request a, Request b) noexcept nogil:
    if a.last_resort != b.last_resort:
        return b.last_resort
    if a.synapses != b.synapses:
        return a.synapses > b.synapses
    return a.line < b.line


cdef void sort_for_packing(Request* requests, int n) noexcept nogil:
    cdef int i, j
    cdef Request one
    for i in range(1, n):
        one = requests[i]
        j = i
        while j > 0 and comes_before(one, requests[j - 1]):
            requests[j] = requests[j - 1]
            j -= 1
        requests[j] = one


cdef void smallest_gaps(
    Request* requests,  # by descending synapses
    int n,
    const int32_t[:, ::1] reachable,
    uint8_t* taken,
    Chain* chains,  # OUT  (n,)
) noexcept nogil:
    """Give each line in turn the smallest gap that holds its chain (Fieres et al.)."""
    cdef int k, primary
    for k in range(n):
        primary = best_primary(
            taken,
            &reachable[requests[k].number, 0],
            <int> reachable.shape[1],
            requests[k].granted,
        )
        chains[k] = Chain(-1, -1, -1)
        if primary >= 0:
            chains[k] = take_chain(taken, primary, requests[k].granted)


cdef bint all_served(const Request* requests, int n, const Chain* chains) noexcept nogil:
    """Return whether every line has as many drivers as it wants."""
    cdef int k
    for k in range(n):
        if chains[k].primary < 0 or chains[k].last - chains[k].first + 1 < requests[k].wanted:
            return False
    return True


include "driver_primaries.pxi"


def assign_drivers(
    const int64_t[::1] side_start,  # IN   (n_sides + 1,)
    const int32_t[::1] line,  # IN   (n,) by side, then line
    const int32_t[::1] needed,  # IN   (n,) drivers
    const int64_t[::1] synapses,  # IN   (n,)
    const int32_t[:, ::1] reachable,  # IN   (n, k) drivers of the side, north to south; -1: none
    const uint8_t[:, ::1] defect,  # IN   (n_sides, 112)
    int32_t chain_limit,
    bint primaries_first,
    int32_t[:, ::1] chain,  # OUT  (n, 3) first, last and primary driver of the side; -1: none
):
    """Give chains of drivers to the lines of each side."""
    cdef Py_ssize_t side
    cdef int64_t begin, i
    cdef int n, k, available
    cdef int64_t total
    cdef uint8_t[DRIVERS_PER_SIDE] taken
    cdef Request[MOST_LINES] requests
    cdef Chain[MOST_LINES] chains
    with nogil:
        for side in range(side_start.shape[0] - 1):
            begin = side_start[side]
            n = <int> (side_start[side + 1] - begin)
            if n == 0:
                continue
            available, total = DRIVERS_PER_SIDE, 0
            for k in range(DRIVERS_PER_SIDE):
                taken[k] = defect[side, k]
                available -= taken[k] != 0
            for k in range(n):
                i = begin + k
                requests[k] = Request(
                    i, line[i], min(needed[i], chain_limit), synapses[i], 0, False
                )
                total += needed[i]
            if primaries_first or total <= available:
                grant_all(requests, n)
            else:
                grant_shares(requests, n, &needed[begin], available, chain_limit)
            sort_for_packing(requests, n)
            smallest_gaps(requests, n, reachable, taken, chains)
            if primaries_first and not all_served(requests, n, chains):
                primaries_before_chains(requests, n, reachable, &defect[side, 0], chains)
            for k in range(n):
                i = requests[k].number
                chain[i, 0] = chains[k].first
                chain[i, 1] = chains[k].last
                chain[i, 2] = chains[k].primary


# --- rows inside a chain ----------------------------------------------------------------------


cdef void reduce_to(
    const int32_t* wanted, const int64_t* synapses, int n, int32_t available, int32_t* granted
) noexcept nogil:
    """Grant what is wanted, or shares in proportion to the synapses where that is too much.

    Shares are rounded down but at least one; then the furthest above (below) their share give
    (get) one by one until all is shared out.
    """
    cdef int i, k, n_listed
    cdef int64_t total = 0, total_synapses = 0, assigned = 0
    cdef double share
    cdef double[N_PREFIXES] gap
    cdef bint[N_PREFIXES] counts
    cdef int32_t[N_PREFIXES] order
    for i in range(n):
        granted[i] = wanted[i]
        total += granted[i]
        total_synapses += synapses[i]
    if total <= available:
        return
    for i in range(n):
        counts[i] = granted[i] > 0
        share = 0
        if counts[i]:
            share = <double> synapses[i] / total_synapses * available
            granted[i] = max(1, <int32_t> share)
            assigned += granted[i]
        gap[i] = granted[i] - share
    if assigned > available:
        for i in range(n):
            counts[i] = counts[i] and gap[i] > 0
    else:
        for i in range(n):
            gap[i] = -gap[i]
            counts[i] = counts[i] and gap[i] >= 0
    n_listed = order_by_gap(gap, counts, n, order)
    while assigned != available and n_listed > 0:
        for k in range(n_listed):
            i = order[k]
            if assigned > available and granted[i] > 0:
                granted[i] -= 1
                assigned -= 1
            elif assigned < available:
                granted[i] += 1
                assigned += 1


def share_rows(
    const int32_t[:, :, ::1] half_rows,  # IN   (n_routes, 2, 24) wanted, by parity and group
    const int32_t[:, :, ::1] synapses,  # IN   (n_routes, 2, 24)
    const int32_t[:, :, ::1] rows,  # IN   (n_routes, 3, 2) wanted, by mode and sign
    const int32_t[:, ::1] drivers,  # IN   (n_routes, 3) wanted, by mode
    const int32_t[::1] n_drivers,  # IN   (n_routes,) granted
    int16_t[:, :, ::1] first,  # OUT  (n_routes, 2, 24) first row of the chain for the group
    int16_t[:, :, ::1] count,  # OUT  (n_routes, 2, 24) half rows granted
):
    """Share out the rows of each chain among modes, signs and prefixes."""
    cdef Py_ssize_t route
    cdef int mode, sign, parity, prefix, group, i
    cdef int32_t first_driver, next_row, next_half_row
    cdef int64_t[N_MODES] mode_synapses
    cdef int64_t[N_SIGNS] sign_synapses
    cdef int64_t[N_PREFIXES] prefix_synapses
    cdef int32_t[N_MODES] mode_drivers
    cdef int32_t[N_SIGNS] sign_rows
    cdef int32_t[N_PREFIXES] prefix_rows
    with nogil:
        for route in range(half_rows.shape[0]):
            for mode in range(N_MODES):
                mode_synapses[mode] = 0
                for i in range(N_SIGNS * N_PREFIXES):
                    group = mode * N_SIGNS * N_PREFIXES + i
                    mode_synapses[mode] += synapses[route, 0, group] + synapses[route, 1, group]
            reduce_to(&drivers[route, 0], mode_synapses, N_MODES, n_drivers[route], mode_drivers)
            first_driver = 0
            for mode in range(N_MODES):
                for sign in range(N_SIGNS):
                    sign_synapses[sign] = 0
                    for prefix in range(N_PREFIXES):
                        group = (mode * N_SIGNS + sign) * N_PREFIXES + prefix
                        sign_synapses[sign] += synapses[route, 0, group] + synapses[route, 1, group]
                reduce_to(
                    &rows[route, mode, 0], sign_synapses, N_SIGNS, 2 * mode_drivers[mode],
                    sign_rows,
                )
                next_row = 2 * first_driver
                for sign in range(N_SIGNS):
                    group = (mode * N_SIGNS + sign) * N_PREFIXES
                    for parity in range(2):
                        for prefix in range(N_PREFIXES):
                            prefix_synapses[prefix] = synapses[route, parity, group + prefix]
                        reduce_to(
                            &half_rows[route, parity, group], prefix_synapses, N_PREFIXES,
                            sign_rows[sign], prefix_rows,
                        )
                        next_half_row = next_row
                        for prefix in range(N_PREFIXES):
                            first[route, parity, group + prefix] = <int16_t> next_half_row
                            count[route, parity, group + prefix] = <int16_t> prefix_rows[prefix]
                            next_half_row += prefix_rows[prefix]
                    next_row += sign_rows[sign]
                first_driver += mode_drivers[mode]
