# Primary drivers first: every line that can gets one driver, before any chain grows.
#
# The lines of a side are matched with the drivers behind their synapse switches (augmenting paths,
# lines with most synapses first), which serves as many lines as can be; then chains grow by one
# driver a turn into what is left. Idea: comment in marocco:marocco/routing/Fieres.cpp.

cdef enum:
    UNOWNED = -1
    DEFECT = -2


cdef struct Side:  # of a HICANN
    int16_t[DRIVERS_PER_SIDE] owner  # request of each driver
    uint8_t[DRIVERS_PER_SIDE] tried  # by the present augmenting path
    int16_t[MOST_LINES] primary  # driver of each request; -1: none


cdef inline int free_neighbours(const Side* side, int driver) noexcept nogil:
    """Return how many drivers next to one, in its quadrant, a chain could grow to."""
    cdef int place = driver % DRIVERS_PER_QUADRANT, n = 0
    if place > 0:
        n += side.owner[driver - 1] == UNOWNED
    if place < DRIVERS_PER_QUADRANT - 1:
        n += side.owner[driver + 1] == UNOWNED
    return n


cdef int free_primary(const Side* side, const int32_t* reachable, int n_reachable) noexcept nogil:
    """Return the free reachable driver with most room beside it, of equal ones the northern."""
    cdef int i, room, best = -1, best_room = -1
    for i in range(n_reachable):
        if reachable[i] < 0 or side.owner[reachable[i]] != UNOWNED:
            continue
        room = free_neighbours(side, reachable[i])
        if room > best_room:
            best, best_room = reachable[i], room
    return best


cdef bint find_primary(
    Side* side, int request, const Request* requests, const int32_t[:, ::1] reachable
) noexcept nogil:
    """Give a request a driver, if need be by moving others to another that they reach."""
    cdef int i, driver, n_reachable = <int> reachable.shape[1]
    cdef const int32_t* drivers = &reachable[requests[request].number, 0]
    driver = free_primary(side, drivers, n_reachable)
    if driver >= 0:
        side.owner[driver], side.primary[request] = <int16_t> request, <int16_t> driver
        return True
    for i in range(n_reachable):
        driver = drivers[i]
        if driver < 0 or side.owner[driver] < 0 or side.tried[driver]:
            continue
        side.tried[driver] = 1
        if find_primary(side, side.owner[driver], requests, reachable):
            side.owner[driver], side.primary[request] = <int16_t> request, <int16_t> driver
            return True
    return False


cdef bint grow(Side* side, Chain* chain, int request) noexcept nogil:
    """Add one free driver to a chain, at its northern end if it can be."""
    if chain.first % DRIVERS_PER_QUADRANT > 0 and side.owner[chain.first - 1] == UNOWNED:
        chain.first -= 1
        side.owner[chain.first] = <int16_t> request
        return True
    if (
        chain.last % DRIVERS_PER_QUADRANT < DRIVERS_PER_QUADRANT - 1
        and side.owner[chain.last + 1] == UNOWNED
    ):
        chain.last += 1
        side.owner[chain.last] = <int16_t> request
        return True
    return False


cdef void primaries_before_chains(
    const Request* requests,  # by descending synapses
    int n,
    const int32_t[:, ::1] reachable,
    const uint8_t* defect,
    Chain* chains,  # OUT  (n,)
) noexcept nogil:
    cdef Side side
    cdef int k
    cdef bint grown = True
    for k in range(DRIVERS_PER_SIDE):
        side.owner[k] = DEFECT if defect[k] else UNOWNED
    for k in range(n):
        side.primary[k] = -1
        memset(side.tried, 0, DRIVERS_PER_SIDE)
        find_primary(&side, k, requests, reachable)
    for k in range(n):
        chains[k] = Chain(side.primary[k], side.primary[k], side.primary[k])
    while grown:
        grown = False
        for k in range(n):
            if chains[k].primary >= 0 and chains[k].last - chains[k].first + 1 < requests[k].wanted:
                grown = grow(&side, &chains[k], k) or grown
