# Backbone routing: iterative horizontal growth (marocco:marocco/routing/L1BackboneRouter.cpp,
# marocco:marocco/routing/L1GraphWalker.cpp).

# Score of a vertical line for each target chip it passes: less where many routes compete for the
# 14 drivers that 16 vertical lines share (marocco:marocco/routing/L1Routing.cpp).
cdef enum:
    CROWDED_FROM = 12
    SCORE_QUIET = 3
    SCORE_CROWDED = 2


cdef class BackboneRouter(LineRouter):
    """Grows along the row of the root, with one vertical rib in each column that has targets."""

    # first and last row with a target, by column
    cdef int32_t[::1] first_row, last_row
    cdef int n_columns, n_rows
    cdef int32_t[::1] detour, trail, extension
    cdef int n_path, n_detour

    def __init__(self, *args):
        super().__init__(*args)
        self.n_columns, self.n_rows = 1 + np.max(self.column), 1 + np.max(self.row)
        self.first_row = np.empty(self.n_columns, dtype=np.int32)
        self.last_row = np.empty(self.n_columns, dtype=np.int32)
        # A detour follows one line across all rows at most, then another along all columns.
        longest = self.n_columns + self.n_rows
        self.detour = np.empty(longest, dtype=np.int32)
        self.trail = np.empty(longest, dtype=np.int32)
        self.extension = np.empty(longest, dtype=np.int32)

    cdef void grow(self, const int32_t[::1] targets) noexcept nogil:
        """Grow along the row to the outermost target columns, first east, then west."""
        cdef int way, limit
        self.sort_targets(targets)
        for way in range(1, -1, -1):
            limit = self.outermost_column(way)
            if limit < 0:
                return
            self.n_path = 0
            self.grow_along(way, limit)
            self.grow_ribs()
        self.grow_rib(self.root)

    cdef void sort_targets(self, const int32_t[::1] targets) noexcept nogil:
        """Note the first and last target row of each column; no target: first > last."""
        cdef int i, x, y
        for x in range(self.n_columns):
            self.first_row[x], self.last_row[x] = self.n_rows, -1
        for i in range(targets.shape[0]):
            x, y = self.column[targets[i]], self.row[targets[i]]
            self.first_row[x] = min(self.first_row[x], y)
            self.last_row[x] = max(self.last_row[x], y)

    cdef int outermost_column(self, int way) noexcept nogil:
        cdef int i, x
        for i in range(self.n_columns):
            x = self.n_columns - 1 - i if way else i
            if self.last_row[x] >= 0:
                return x
        return -1

    cdef void grow_along(self, int way, int limit) noexcept nogil:
        """Extend the path from the root to a column, with detours where the way is blocked."""
        cdef int i, n, start = self.root
        cdef bint arrived = self.walk(self.root, way, limit, self.extension, &n)
        for i in range(n):
            self.extend_path(self.extension[i])
        while not arrived:
            if self.n_path:
                start = self.path[self.n_path - 1]
            arrived = self.find_detour(start, way, limit)
            if not self.n_detour:
                return
            for i in range(self.n_detour):
                self.extend_path(self.detour[i])

    cdef void extend_path(self, int vertex) noexcept nogil:
        if self.state[vertex] != OWN:
            self.attach(vertex, self.path[self.n_path - 1] if self.n_path else self.root)
        self.path[self.n_path] = vertex
        self.n_path += 1

    cdef inline int step(self, int vertex, int way) noexcept nogil:
        """Return the vertex that continues a line, -1 if the line cannot pass there."""
        cdef int other = self.onward[vertex, way]
        if other < 0 or self.avoided[other] or self.state[other] == TAKEN:
            return -1
        if self.state[other] == FREE:
            return other
        if self.parent[other] == vertex or self.parent[vertex] == other:
            return other
        return -1

    cdef bint walk(
        self, int vertex, int way, int limit, int32_t[::1] found, int *n_found
    ) noexcept nogil:
        """Go along a line up to a column or row; return whether it was reached."""
        n_found[0] = 0
        while self.position[vertex] < limit if way else self.position[vertex] > limit:
            vertex = self.step(vertex, way)
            if vertex < 0:
                return False
            found[n_found[0]] = vertex
            n_found[0] += 1
        return True

    cdef int candidates(self, int vertex, int *found) noexcept nogil:
        """Find the lines that a line can be switched to; one that is switched stays so."""
        cdef int i, other, n = 0
        if self.partner[vertex] >= 0:
            found[0] = self.partner[vertex]
            return 1
        for i in range(MAX_CROSSINGS):
            other = self.crossing[vertex, i]
            if other >= 0 and self.state[other] == FREE and not self.avoided[other]:
                found[n] = other
                n += 1
        return n

    cdef void order_by_extent(self, int *vertices, int n) noexcept nogil:
        """Put those first from which one can go furthest along the line, both ways together."""
        cdef int i, j, way, vertex, current, length
        cdef int extent[MAX_CROSSINGS]
        for i in range(n):
            vertex, length = vertices[i], 0
            for way in range(2):
                current = self.step(vertex, way)
                while current >= 0:
                    length += 1
                    current = self.step(current, way)
            j = i
            while j > 0 and extent[j - 1] < length:
                extent[j], vertices[j] = extent[j - 1], vertices[j - 1]
                j -= 1
            extent[j], vertices[j] = length, vertex

    cdef bint find_detour(self, int start, int way, int limit) noexcept nogil:
        """Find the way over another row that leads furthest; return whether to the limit.

        From each line across that the present one can be switched to, every row that it passes is
        tried.
        """
        cdef int i, j, k, n_lines, n_turns, n_trail, n, across, current, longest = 0
        cdef int lines[MAX_CROSSINGS]
        cdef int turns[MAX_CROSSINGS]
        cdef bint arrived
        self.n_detour = 0
        n_lines = self.candidates(start, lines)
        self.order_by_extent(lines, n_lines)
        for i in range(n_lines):
            for across in range(2):
                current, n_trail = lines[i], 0
                while current >= 0:
                    self.trail[n_trail] = current
                    n_trail += 1
                    n_turns = self.candidates(current, turns) if n_trail > 1 else 0
                    for j in range(n_turns):
                        arrived = self.walk(turns[j], way, limit, self.extension, &n)
                        if n <= longest:
                            continue
                        longest = n
                        for k in range(n_trail):
                            self.detour[k] = self.trail[k]
                        self.detour[n_trail] = turns[j]
                        for k in range(n):
                            self.detour[n_trail + 1 + k] = self.extension[k]
                        self.n_detour = n_trail + 1 + n
                        if arrived:
                            return True
                    current = self.step(current, across)
        return False

    cdef void grow_ribs(self) noexcept nogil:
        """Branch off to the targets of every column that the path has come to."""
        cdef int i, vertex
        for i in range(self.n_path):
            vertex = self.path[i]
            if self.group[vertex] >= 0:
                self.reach(vertex)
            else:
                self.grow_rib(vertex)

    cdef void grow_rib(self, int vertex) noexcept nogil:
        """Switch to the vertical line that serves the column's targets best, and follow it."""
        cdef int i, n, score, best = -1, best_score = 0, x = self.column[self.hicann[vertex]]
        cdef int lines[MAX_CROSSINGS]
        if self.last_row[x] < 0:
            return
        n = self.candidates(vertex, lines)
        for i in range(n):
            score = self.score(lines[i], x)
            if score > best_score:
                best, best_score = lines[i], score
        if best < 0:
            return
        if self.state[best] == FREE:
            self.attach(best, vertex)
        self.follow(best, 0, self.first_row[x])
        self.follow(best, 1, self.last_row[x])
        # Each column is tried only once.
        self.last_row[x] = -1

    cdef int score(self, int vertex, int x) noexcept nogil:
        """Return how well a vertical line serves the targets of a column.

        The line's first HICANN counts in both directions.
        """
        cdef int i, way, n, total = 1
        for way in range(2):
            total += self.score_of_chip(vertex)
            self.walk(vertex, way, self.last_row[x] if way else self.first_row[x],
                      self.extension, &n)
            for i in range(n):
                total += self.score_of_chip(self.extension[i])
        return total

    cdef inline int score_of_chip(self, int vertex) noexcept nogil:
        if not self.wanted[self.hicann[vertex]]:
            return 0
        return SCORE_QUIET if self.usage[self.group[vertex]] < CROWDED_FROM else SCORE_CROWDED

    cdef void follow(self, int vertex, int way, int limit) noexcept nogil:
        """Add a vertical line up to a row to the tree."""
        cdef int i, n, previous = vertex
        self.reach(vertex)
        self.walk(vertex, way, limit, self.extension, &n)
        for i in range(n):
            vertex = self.extension[i]
            if self.state[vertex] == FREE:
                self.attach(vertex, previous)
            self.reach(vertex)
            previous = vertex
