"""Placement neuron by neuron: the one with most synapses to placed neurons next, near them."""

import numpy as np

from libc.math cimport rint
from libc.stdint cimport int32_t, int64_t, uint8_t

cdef enum:
    BLOCKS_PER_HICANN = 8
    SECTION = 256  # neurons with a common maximum


cdef class Clustering:
    """Neurons that wait, and what has been placed.

    Parameters
    ----------
    start : (n + 1,) int64
    partner : (n_pairs,) int32
        Neurons connected to neuron i: ``partner[start[i]:start[i + 1]]``.
    n_synapses : (n_pairs,) float64
    waiting : (n,) uint8
        Neurons to place.
    width : (n,) int32
        Columns that each needs.
    free : (n_blocks, n_columns) uint8, changed
        Columns of the wafer's neuron blocks that can be used.
    x, y : (n_hicanns,) int32
    orders : (n_y, n_x, n_hicanns) int32
        HICANNs from each place on the wafer outwards.
    centre : (n_hicanns,) int32
        The same, for neurons without placed partners.
    """

    cdef const int64_t[::1] start
    cdef const int32_t[::1] partner, width, x, y, centre
    cdef const double[::1] n_synapses
    cdef const int32_t[:, :, ::1] orders
    cdef uint8_t[::1] waiting
    cdef uint8_t[:, ::1] free
    cdef double[::1] connections, sum_x, sum_y, section_most
    # widest gap of each block and HICANN
    cdef int32_t[::1] block_gap, hicann_gap

    def __init__(
        self,
        const int64_t[::1] start,
        const int32_t[::1] partner,
        const double[::1] n_synapses,
        const uint8_t[::1] waiting,
        const int32_t[::1] width,
        uint8_t[:, ::1] free,
        const int32_t[::1] x,
        const int32_t[::1] y,
        const int32_t[:, :, ::1] orders,
        const int32_t[::1] centre,
    ):
        cdef int i, n = waiting.shape[0], n_sections = (n + SECTION - 1) // SECTION
        self.start, self.partner, self.n_synapses = start, partner, n_synapses
        self.width, self.free = width, free
        self.x, self.y, self.orders, self.centre = x, y, orders, centre
        self.waiting = np.array(waiting)
        self.connections, self.sum_x, self.sum_y = np.zeros((3, n))
        self.section_most = np.empty(n_sections)
        self.block_gap = np.empty(free.shape[0], dtype=np.int32)
        self.hicann_gap = np.empty(x.shape[0], dtype=np.int32)
        for i in range(n_sections):
            self.refresh_section(i)
        for i in range(free.shape[0]):
            self.block_gap[i] = self.widest_gap(i)
        for i in range(x.shape[0]):
            self.refresh_hicann(i)

    def place(self, int64_t[::1] hicann, int64_t[::1] denmem):
        """Place the waiting neurons as far as there is room.

        Parameters
        ----------
        hicann, denmem : (n,) int64, changed
            Where neurons are placed; HICANN -1: not placed.
        """
        cdef int i, n = hicann.shape[0], block, column
        with nogil:
            for i in range(n):
                if hicann[i] >= 0:
                    self.note(i, <int> hicann[i])
            i = self.next_neuron()
            while i >= 0:
                self.waiting[i] = 0
                block = self.find_block(i)
                if block >= 0:
                    column = self.take_columns(block, self.width[i])
                    hicann[i] = block // BLOCKS_PER_HICANN
                    denmem[i] = block % BLOCKS_PER_HICANN * self.free.shape[1] + column
                    self.note(i, <int> hicann[i])
                self.refresh_section(i // SECTION)
                i = self.next_neuron()

    # --- which neuron -------------------------------------------------------------------------

    cdef void note(self, int neuron, int hicann) noexcept nogil:
        """Tell the partners of a neuron where it has been placed."""
        cdef int64_t k
        cdef int partner
        for k in range(self.start[neuron], self.start[neuron + 1]):
            partner = self.partner[k]
            self.connections[partner] += self.n_synapses[k]
            self.sum_x[partner] += self.n_synapses[k] * self.x[hicann]
            self.sum_y[partner] += self.n_synapses[k] * self.y[hicann]
            if self.waiting[partner]:
                self.section_most[partner // SECTION] = max(
                    self.section_most[partner // SECTION], self.connections[partner]
                )

    cdef void refresh_section(self, int section) noexcept nogil:
        """Find the most connections of the waiting neurons of a section; -1: none waits."""
        cdef int i, end = min((section + 1) * SECTION, <int> self.waiting.shape[0])
        self.section_most[section] = -1
        for i in range(section * SECTION, end):
            if self.waiting[i]:
                self.section_most[section] = max(self.section_most[section], self.connections[i])

    cdef int next_neuron(self) noexcept nogil:
        """Return the first of the waiting neurons with most connections; -1: none waits."""
        cdef int i, section = -1
        cdef double most = -1
        for i in range(self.section_most.shape[0]):
            if self.section_most[i] > most:
                section, most = i, self.section_most[i]
        if section < 0:
            return -1
        i = section * SECTION
        while not self.waiting[i] or self.connections[i] < most:
            i += 1
        return i

    # --- where --------------------------------------------------------------------------------

    cdef int find_block(self, int neuron) noexcept nogil:
        """Return the first block with room, from the mean place of the partners; -1: none."""
        cdef int i, k, hicann, x, y
        cdef double n = self.connections[neuron]
        cdef const int32_t* order = &self.centre[0]
        if n > 0:
            x, y = <int> rint(self.sum_x[neuron] / n), <int> rint(self.sum_y[neuron] / n)
            order = &self.orders[y, x, 0]
        for i in range(self.centre.shape[0]):
            hicann = order[i]
            if self.hicann_gap[hicann] >= self.width[neuron]:
                for k in range(hicann * BLOCKS_PER_HICANN, (hicann + 1) * BLOCKS_PER_HICANN):
                    if self.block_gap[k] >= self.width[neuron]:
                        return k
        return -1

    cdef int take_columns(self, int block, int width) noexcept nogil:
        """Take the westernmost gap of a block that is wide enough; return its first column."""
        cdef int column = 0, run = 0, k
        while run < width:
            run = run + 1 if self.free[block, column] else 0
            column += 1
        for k in range(column - width, column):
            self.free[block, k] = 0
        self.block_gap[block] = self.widest_gap(block)
        self.refresh_hicann(block // BLOCKS_PER_HICANN)
        return column - width

    cdef int widest_gap(self, int block) noexcept nogil:
        cdef int column, run = 0, widest = 0
        for column in range(self.free.shape[1]):
            run = run + 1 if self.free[block, column] else 0
            widest = max(widest, run)
        return widest

    cdef void refresh_hicann(self, int hicann) noexcept nogil:
        cdef int k
        self.hicann_gap[hicann] = 0
        for k in range(hicann * BLOCKS_PER_HICANN, (hicann + 1) * BLOCKS_PER_HICANN):
            self.hicann_gap[hicann] = max(self.hicann_gap[hicann], self.block_gap[k])
