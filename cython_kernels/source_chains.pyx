"""How many spike sources one layer-1 line can carry before a HICANN needs too many drivers.

Sources are added to a line one after the other; the half rows that the target neurons need are
kept up to date, see `synapse_routing` for what half rows and groups are.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t
from libc.string cimport memset

import numpy as np

cdef enum:
    EVEN = 0
    ODD = 1
    FREE = 2
    N_MODES = 3
    N_SIGNS = 2
    N_PREFIXES = 4
    N_GROUPS = 24
    MOST_HALF_ROWS = 65535


cdef class ChainCounter:
    """Driver need of one line, for one set of sources after the other."""

    cdef const int64_t[::1] start  # (n_sources + 1,) synapses of each source
    cdef const int32_t[::1] neuron  # (n,) target neuron
    cdef const uint8_t[::1] kind  # (n,) 2 * mode + sign
    cdef const int32_t[::1] hicann  # (n_neurons,)
    cdef const int32_t[:, ::1] columns  # (n_neurons, 2) even and odd ones
    cdef const int32_t[::1] address  # addresses of a line in the order of their use
    cdef int chain_length
    cdef int32_t[:, ::1] count  # (n_neurons, 24) synapses
    cdef int32_t[:, :, ::1] half_rows  # (n_hicanns, 3, 24) largest need
    cdef int64_t[::1] on_line  # sources on the line
    cdef Py_ssize_t n_on_line

    def __init__(
        self,
        const int64_t[::1] start,
        const int32_t[::1] neuron,
        const uint8_t[::1] kind,
        const int32_t[::1] hicann,
        const int32_t[:, ::1] columns,
        const int32_t[::1] address,
        int n_hicanns,
        int chain_length,
    ):
        self.start, self.neuron, self.kind = start, neuron, kind
        self.hicann, self.columns, self.address = hicann, columns, address
        self.chain_length = chain_length
        self.count = np.zeros((hicann.shape[0], N_GROUPS), dtype=np.int32)
        self.half_rows = np.zeros((n_hicanns, 3, N_GROUPS), dtype=np.int32)
        self.on_line = np.zeros(address.shape[0], dtype=np.int64)
        self.n_on_line = 0

    def n_fitting(self, const int64_t[::1] present, const int64_t[::1] sources):
        """Return how many of the first sources fit on a line besides those present on it."""
        cdef Py_ssize_t i, n = 0
        cdef Py_ssize_t room = self.address.shape[0] - present.shape[0]
        with nogil:
            for i in range(present.shape[0]):
                self._add(present[i])
            while n < sources.shape[0] and n < room and self._add(sources[n]):
                n += 1
            self._clear()
        return n

    cdef bint _add(self, int64_t source) noexcept nogil:
        """Put a source on the line; return whether all HICANNs still have drivers enough."""
        cdef int prefix = self.address[self.n_on_line] >> 4
        cdef Py_ssize_t i
        cdef int64_t needed
        cdef int parity, group
        cdef int32_t neuron
        cdef int32_t* most
        cdef bint fits = True
        self.on_line[self.n_on_line] = source
        self.n_on_line += 1
        for i in range(self.start[source], self.start[source + 1]):
            neuron = self.neuron[i]
            group = N_PREFIXES * self.kind[i] + prefix
            self.count[neuron, group] += 1
            parity = self._parity(neuron, group, &needed)
            most = &self.half_rows[self.hicann[neuron], parity, group]
            if needed > most[0]:
                most[0] = <int32_t> needed
                fits = fits and self._drivers(self.hicann[neuron]) <= self.chain_length
        return fits

    cdef int _parity(self, int32_t neuron, int group, int64_t* needed) noexcept nogil:
        """Return the parity in which a neuron's synapses of a group need fewer half rows."""
        cdef int64_t count = self.count[neuron, group]
        cdef int64_t n_even = self.columns[neuron, EVEN], n_odd = self.columns[neuron, ODD]
        cdef int64_t even = (count + n_even - 1) // n_even if n_even else MOST_HALF_ROWS
        cdef int64_t odd = (count + n_odd - 1) // n_odd if n_odd else MOST_HALF_ROWS
        needed[0] = min(even, odd)
        if n_even == n_odd or even == odd:
            return FREE
        return EVEN if even < odd else ODD

    cdef int64_t _drivers(self, int32_t hicann) noexcept nogil:
        """Return the drivers that the line needs on a HICANN.

        Half rows of either parity go to the emptier one, so the larger parity is the larger of
        the two before, or half of all.
        """
        cdef int64_t even, odd, free, rows, drivers = 0
        cdef int mode, sign, prefix, group
        for mode in range(N_MODES):
            rows = 0
            for sign in range(N_SIGNS):
                even = odd = free = 0
                for prefix in range(N_PREFIXES):
                    group = (mode * N_SIGNS + sign) * N_PREFIXES + prefix
                    even += self.half_rows[hicann, EVEN, group]
                    odd += self.half_rows[hicann, ODD, group]
                    free += self.half_rows[hicann, FREE, group]
                rows += max(max(even, odd), (even + odd + free + 1) // 2)
            drivers += (rows + 1) // 2
        return drivers

    cdef void _clear(self) noexcept nogil:
        cdef Py_ssize_t i, k
        cdef int64_t source
        cdef int32_t neuron
        for k in range(self.n_on_line):
            source = self.on_line[k]
            for i in range(self.start[source], self.start[source + 1]):
                neuron = self.neuron[i]
                memset(&self.count[neuron, 0], 0, N_GROUPS * sizeof(int32_t))
                memset(
                    &self.half_rows[self.hicann[neuron], 0, 0], 0, 3 * N_GROUPS * sizeof(int32_t)
                )
        self.n_on_line = 0
