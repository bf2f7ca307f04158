"""Stable ordering by small integers, and sums over stretches, in linear time."""

from libc.stdint cimport int32_t, int64_t, uint8_t

ctypedef fused key_type:
    int32_t
    int64_t

ctypedef fused index_type:
    int32_t
    int64_t


def counting_order(const key_type[::1] key, int64_t[::1] start, index_type[::1] order):
    """Order entries by key, keeping the order of entries with the same key.

    Parameters
    ----------
    key : (n,) int32 or int64
        From 0 to n_keys - 1.
    start : (n_keys + 1,) int64, filled
        Entries of key k are ``order[start[k]:start[k + 1]]``.
    order : (n,) int32 or int64, filled
        Indices into `key`.
    """
    cdef int64_t i, k, n_keys = start.shape[0] - 1
    with nogil:
        for k in range(n_keys + 1):
            start[k] = 0
        for i in range(key.shape[0]):
            start[key[i] + 1] += 1
        for k in range(n_keys):
            start[k + 1] += start[k]
        for i in range(key.shape[0]):
            k = key[i]
            order[start[k]] = <index_type> i
            start[k] += 1
        for k in range(n_keys, 0, -1):
            start[k] = start[k - 1]
        start[0] = 0


def running_sums(const double[::1] values, const uint8_t[::1] first, double[::1] sums):
    """Add up values entry by entry, anew where a stretch begins.

    Parameters
    ----------
    values : (n,) float64
    first : (n,) uint8
        Whether an entry is the first of a stretch.
    sums : (n,) float64, filled
    """
    cdef int64_t i
    cdef double total = 0
    with nogil:
        for i in range(values.shape[0]):
            total = values[i] if first[i] else total + values[i]
            sums[i] = total
