# Shortest paths (behaviour after marocco:marocco/routing/L1DijkstraRouter.cpp).

cdef enum:
    UNSEEN = 1 << 30


cdef class DijkstraRouter(LineRouter):
    """Takes the shortest path from the root to each target."""

    # of each vertex: length of the shortest path known (see `grow`) and the vertex before it
    cdef int32_t[::1] far, near, came
    cdef uint8_t[::1] done
    cdef int32_t[::1] queue, visited
    cdef int32_t[:, ::1] waiting, waiting_near
    cdef int n_visited

    def __init__(self, *args):
        super().__init__(*args)
        n_vertices = len(self.onward)
        self.far = np.full(n_vertices, UNSEEN, dtype=np.int32)
        self.near = np.zeros(n_vertices, dtype=np.int32)
        self.came = np.full(n_vertices, -1, dtype=np.int32)
        self.done = np.zeros(n_vertices, dtype=np.uint8)
        self.queue = np.empty(n_vertices, dtype=np.int32)
        self.visited = np.empty(n_vertices, dtype=np.int32)
        self.waiting = np.empty((2, n_vertices), dtype=np.int32)
        self.waiting_near = np.empty((2, n_vertices), dtype=np.int32)

    cdef void grow(self, const int32_t[::1] targets) noexcept nogil:
        """Find shortest paths to vertical lines on the targets, nearest first.

        The length of a path is the pair (avoided vertices entered or left, other edges), compared
        in this order: an avoided vertex is worse than any way round it. One queue holds what is
        found without a further avoided vertex, the other (`waiting`) what is found with one more;
        both fill in ascending order, so no heap is needed.
        """
        cdef int i, j, n_waiting, n_queue, n_next, vertex, level = 0
        self.n_visited = 0
        self.label(self.root, -1, 0, 0)
        self.waiting[0, 0], self.waiting_near[0, 0] = self.root, 0
        n_waiting = 1
        while n_waiting and self.n_missing:
            i = j = n_queue = n_next = 0
            while (i < n_waiting or j < n_queue) and self.n_missing:
                if j < n_queue and (
                    i == n_waiting
                    or self.near[self.queue[j]] < self.waiting_near[level & 1, i]
                ):
                    vertex = self.queue[j]
                    j += 1
                else:
                    vertex = self.waiting[level & 1, i]
                    i += 1
                if not self.done[vertex]:
                    self.done[vertex] = 1
                    self.accept(vertex)
                    self.spread(vertex, level, &n_queue, &n_next)
            n_waiting = n_next
            level += 1
        self.forget_search()

    cdef inline void label(self, int vertex, int came, int far, int near) noexcept nogil:
        if self.came[vertex] < 0:
            self.visited[self.n_visited] = vertex
            self.n_visited += 1
        self.came[vertex] = came if came >= 0 else vertex
        self.far[vertex], self.near[vertex] = far, near

    cdef void spread(self, int vertex, int level, int *n_queue, int *n_next) noexcept nogil:
        """Label the vertices next to one; a line entered by a switch is left along itself."""
        cdef int i
        for i in range(2):
            self.relax(vertex, self.onward[vertex, i], level, n_queue, n_next)
        if self.partner[vertex] >= 0 or (
            vertex != self.root and self.hicann[vertex] == self.hicann[self.came[vertex]]
        ):
            return
        for i in range(MAX_CROSSINGS):
            self.relax(vertex, self.crossing[vertex, i], level, n_queue, n_next)

    cdef inline void relax(
        self, int vertex, int other, int level, int *n_queue, int *n_next
    ) noexcept nogil:
        cdef int far = level, near = self.near[vertex] + 1
        if other < 0 or self.done[other] or self.state[other] == TAKEN:
            return
        if self.avoided[other] or (self.avoided[vertex] and vertex != self.root):
            far, near = level + 1, near - 1
        if far > self.far[other] or (far == self.far[other] and near >= self.near[other]):
            return
        self.label(other, vertex, far, near)
        if far == level:
            self.queue[n_queue[0]] = other
            n_queue[0] += 1
        else:
            self.waiting[far & 1, n_next[0]] = other
            self.waiting_near[far & 1, n_next[0]] = near
            n_next[0] += 1

    cdef void accept(self, int vertex) noexcept nogil:
        """Add the path to a target to the tree, unless its branch needs a switch too many."""
        cdef int n, child, current = vertex, hicann = self.hicann[vertex]
        if self.group[vertex] < 0 or not self.wanted[hicann] or self.reached[hicann] >= 0:
            return
        n, child = 0, -1
        while self.state[current] != OWN:
            self.path[n] = child = current
            n += 1
            current = self.came[current]
        if child >= 0 and self.hicann[child] == self.hicann[current]:
            if self.partner[current] >= 0:
                return
        while n:
            n -= 1
            self.attach(self.path[n], current)
            current = self.path[n]
        self.reach(vertex)

    cdef void forget_search(self) noexcept nogil:
        cdef int i, vertex
        for i in range(self.n_visited):
            vertex = self.visited[i]
            self.far[vertex], self.came[vertex], self.done[vertex] = UNSEEN, -1, 0
