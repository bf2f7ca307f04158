"""Routes on layer 1: a tree of buses for each source line, one line after the other.

Vertices are the buses of the wafer, see `pyNN_brainscales_emu.mapping.layer1_graph`. Way 0 along
a line leads to smaller coordinates (west, north), way 1 to larger ones (east, south).
"""

import numpy as np

from libc.stdint cimport int32_t, int64_t, uint8_t

# What a vertex is to the line that is being routed.
cdef enum:
    FREE = 0
    TAKEN = 1  # by another line, or not usable
    OWN = 2

# Crossbar switches of a horizontal line; vertical lines have fewer.
cdef enum:
    MAX_CROSSINGS = 8


cdef class LineRouter:
    """Routes lines on one wafer; what a line occupies is gone for the next.

    How the tree of a line grows is the matter of the sub-classes.

    Parameters
    ----------
    onward : (n_vertices, 2) int32
    crossing : (n_vertices, 8) int32
    hicann, position, group, neighbour : (n_vertices,) int32
        Group is negative for horizontal lines, neighbour where no neighbour shall be reached.
    state : (n_vertices,) uint8, changed
        1 for vertices that cannot be used, else 0.
    avoided : (n_vertices,) uint8
        Vertices that lines other than their own pass not at all (backbone) or only if there is no
        other way (dijkstra).
    column, row : (n_hicanns,) int32
    n_groups : int
    """

    cdef const int32_t[:, ::1] onward, crossing
    cdef const int32_t[::1] hicann, position, group, neighbour, column, row
    cdef uint8_t[::1] state
    cdef const uint8_t[::1] avoided
    # the tree of the present line
    cdef int32_t[::1] parent, partner, segment_of, tree, path, reached
    cdef uint8_t[::1] wanted
    cdef int n_tree, root, n_missing
    cdef int32_t[::1] usage
    # results
    cdef int32_t[:, ::1] segments, routes, failed
    cdef int n_segments, n_routes, n_failed

    def __init__(
        self,
        const int32_t[:, ::1] onward,
        const int32_t[:, ::1] crossing,
        const int32_t[::1] hicann,
        const int32_t[::1] position,
        const int32_t[::1] group,
        const int32_t[::1] neighbour,
        uint8_t[::1] state,
        const uint8_t[::1] avoided,
        const int32_t[::1] column,
        const int32_t[::1] row,
        int n_groups,
    ):
        if crossing.shape[1] != MAX_CROSSINGS:
            raise ValueError(f"crossing must have {MAX_CROSSINGS} columns")
        self.onward, self.crossing = onward, crossing
        self.hicann, self.position, self.group = hicann, position, group
        self.neighbour = neighbour
        self.state, self.avoided = state, avoided
        self.column, self.row = column, row
        n_vertices, n_hicanns = onward.shape[0], column.shape[0]
        self.parent = np.full(n_vertices, -1, dtype=np.int32)
        self.partner = np.full(n_vertices, -1, dtype=np.int32)
        self.segment_of = np.full(n_vertices, -1, dtype=np.int32)
        self.tree = np.empty(n_vertices, dtype=np.int32)
        self.reached = np.full(n_hicanns, -1, dtype=np.int32)
        self.wanted = np.zeros(n_hicanns, dtype=np.uint8)
        self.usage = np.zeros(n_groups, dtype=np.int32)
        self.path = np.empty(n_vertices, dtype=np.int32)

    def route(
        self,
        const int32_t[::1] order,
        const int32_t[::1] roots,
        const int64_t[::1] targets_start,
        const int32_t[::1] targets,
        int32_t[:, ::1] segments,
        int32_t[:, ::1] routes,
        int32_t[:, ::1] failed,
    ):
        """Route lines to their targets.

        Parameters
        ----------
        order : (n,) int32
            Lines, in the order in which they are routed.
        roots : (n_lines,) int32
            Vertex at which each line starts; -1 for a line that cannot start.
        targets_start : (n_lines + 1,) int64
        targets : (n_targets,) int32
            HICANNs that line i shall reach: ``targets[targets_start[i]:targets_start[i + 1]]``.
        segments : (4, n_vertices) int32, filled
            Line, vertex, parent segment and HICANNs passed.
        routes : (3, n_targets) int32, filled
            Line, target and segment.
        failed : (2, n_targets) int32, filled
            Line and target.

        Returns
        -------
        tuple of int
            How many segments, routes and failed pairs were filled in.
        """
        cdef int i, line
        self.segments, self.routes, self.failed = segments, routes, failed
        self.n_segments = self.n_routes = self.n_failed = 0
        with nogil:
            for i in range(order.shape[0]):
                line = order[i]
                self.route_line(
                    line,
                    roots[line],
                    targets[targets_start[line]:targets_start[line + 1]],
                )
        return self.n_segments, self.n_routes, self.n_failed

    cdef void route_line(self, int line, int root, const int32_t[::1] targets) noexcept nogil:
        self.want(targets)
        if self.n_missing and root >= 0 and self.state[root] == FREE:
            self.root = root
            self.attach(root, -1)
            self.grow(targets)
            self.reach_neighbours()
        self.store(line, targets)
        self.clear(targets)

    cdef void grow(self, const int32_t[::1] targets) noexcept nogil:
        """Grow the tree of a line from its root, and note the targets that it reaches."""

    # --- the tree ----------------------------------------------------------------------------

    cdef void want(self, const int32_t[::1] targets) noexcept nogil:
        """Mark the targets; a target named twice is one."""
        cdef int i
        self.n_tree = self.n_missing = 0
        for i in range(targets.shape[0]):
            self.n_missing += not self.wanted[targets[i]]
            self.wanted[targets[i]] = 1

    cdef inline void attach(self, int vertex, int parent) noexcept nogil:
        """Add a free vertex to the tree; a turn onto another line closes a switch."""
        self.state[vertex] = OWN
        self.parent[vertex] = parent
        self.tree[self.n_tree] = vertex
        self.n_tree += 1
        if parent >= 0 and self.hicann[vertex] == self.hicann[parent]:
            self.partner[vertex] = parent
            self.partner[parent] = vertex

    cdef inline void reach(self, int vertex) noexcept nogil:
        """Note that a vertical line serves its HICANN if that is a target still missing."""
        cdef int hicann = self.hicann[vertex]
        if self.group[vertex] >= 0 and self.wanted[hicann] and self.reached[hicann] < 0:
            self.reached[hicann] = vertex
            self.n_missing -= 1

    cdef void reach_neighbours(self) noexcept nogil:
        """Serve missing targets by vertical lines next to them that serve nobody yet."""
        cdef int i, vertex, target
        for i in range(self.n_tree):
            vertex = self.tree[i]
            target = self.neighbour[vertex]
            if (
                target >= 0
                and self.wanted[target]
                and self.reached[target] < 0
                and self.reached[self.hicann[vertex]] != vertex
            ):
                self.reached[target] = vertex

    cdef void store(self, int line, const int32_t[::1] targets) noexcept nogil:
        """Write down the routes, and of the tree what they need."""
        cdef int i, target, vertex
        for i in range(targets.shape[0]):
            target = targets[i]
            vertex = self.reached[target]
            if vertex < 0:
                self.failed[0, self.n_failed] = line
                self.failed[1, self.n_failed] = target
                self.n_failed += 1
                continue
            self.routes[0, self.n_routes] = line
            self.routes[1, self.n_routes] = target
            self.routes[2, self.n_routes] = self.store_path(line, vertex)
            self.n_routes += 1
            self.usage[self.group[vertex]] += 1

    cdef int store_path(self, int line, int vertex) noexcept nogil:
        """Write down a path from where it is not yet; return the segment of its end."""
        cdef int parent, segment, n = 0, current = vertex
        while current >= 0 and self.segment_of[current] < 0:
            self.path[n] = current
            n += 1
            current = self.parent[current]
        while n:
            n -= 1
            current = self.path[n]
            parent = self.parent[current]
            segment = self.n_segments
            self.segment_of[current] = segment
            self.segments[0, segment] = line
            self.segments[1, segment] = current
            if parent < 0:
                self.segments[2, segment] = -1
                self.segments[3, segment] = 0
            else:
                self.segments[2, segment] = self.segment_of[parent]
                self.segments[3, segment] = self.segments[3, self.segment_of[parent]] + (
                    self.hicann[current] != self.hicann[parent]
                )
            self.n_segments += 1
        return self.segment_of[vertex]

    cdef void clear(self, const int32_t[::1] targets) noexcept nogil:
        """Keep what the routes occupy, release the rest of the tree and forget the targets."""
        cdef int i, vertex
        for i in range(self.n_tree):
            vertex = self.tree[i]
            self.state[vertex] = TAKEN if self.segment_of[vertex] >= 0 else FREE
            self.segment_of[vertex] = self.parent[vertex] = self.partner[vertex] = -1
        for i in range(targets.shape[0]):
            self.wanted[targets[i]] = 0
            self.reached[targets[i]] = -1


include "layer1_backbone.pxi"
include "layer1_dijkstra.pxi"
