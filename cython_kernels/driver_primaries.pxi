# Primary drivers first: every line that can gets one driver, before any chain grows.
#
# The lines of a side are matched with the drivers behind their synapse switches (augmenting paths,
# lines with most synapses first), which serves as many lines as can be; then chains grow by one
# driver a turn into what is left, and in the end where single drivers can make room by moving.
# Idea: comment in marocco:marocco/routing/Fieres.cpp.

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


cdef inline bint same_quadrant(int a, int b) noexcept nogil:
    return 0 <= b < DRIVERS_PER_SIDE and a // DRIVERS_PER_QUADRANT == b // DRIVERS_PER_QUADRANT


cdef bint make_room(
    Side* side,
    int driver,
    const Request* requests,
    const int32_t[:, ::1] reachable,
    Chain* chains,
) noexcept nogil:
    """Free a driver that is a chain of its own, if its line reaches another free one."""
    cdef int other, request = side.owner[driver]
    if request < 0 or chains[request].first != chains[request].last:
        return False
    other = free_primary(
        side, &reachable[requests[request].number, 0], <int> reachable.shape[1]
    )
    if other < 0:
        return False
    side.owner[driver], side.owner[other] = UNOWNED, <int16_t> request
    chains[request] = Chain(other, other, other)
    return True


cdef bint grow(
    Side* side,
    int request,
    const Request* requests,
    const int32_t[:, ::1] reachable,
    Chain* chains,
    bint moving,
) noexcept nogil:
    """Add one driver to a chain, at its northern end if it can be.

    It must be free, or with `moving` be a chain of its own that can go elsewhere.
    """
    cdef int end
    cdef int driver
    for end in range(2):
        driver = chains[request].last + 1 if end else chains[request].first - 1
        if not same_quadrant(chains[request].primary, driver):
            continue
        if moving and side.owner[driver] != UNOWNED:
            make_room(side, driver, requests, reachable, chains)
        if side.owner[driver] == UNOWNED:
            side.owner[driver] = <int16_t> request
            if end:
                chains[request].last = driver
            else:
                chains[request].first = driver
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
    cdef int k, moving
    cdef bint grown
    for k in range(DRIVERS_PER_SIDE):
        side.owner[k] = DEFECT if defect[k] else UNOWNED
    for k in range(n):
        side.primary[k] = -1
        memset(side.tried, 0, DRIVERS_PER_SIDE)
        find_primary(&side, k, requests, reachable)
    for k in range(n):
        chains[k] = Chain(side.primary[k], side.primary[k], side.primary[k])
    for moving in range(2):
        grown = True
        while grown:
            grown = False
            for k in range(n):
                if chains[k].primary < 0:
                    continue
                if chains[k].last - chains[k].first + 1 < requests[k].wanted:
                    if grow(&side, k, requests, reachable, chains, moving):
                        grown = True
