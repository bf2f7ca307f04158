"""Keyed random numbers as the other kernels draw them, for whole arrays."""

from libc.stdint cimport uint32_t, uint64_t

cdef extern from "philox.h" nogil:
    double philox_uniform(uint64_t seed, uint32_t purpose, uint64_t index, uint32_t sub_index)

cdef extern from "normal_quantile.h" nogil:
    double normal_quantile(double p)


def uniform(
    uint64_t seed,
    uint32_t purpose,
    const uint64_t[::1] index,  # IN
    const uint32_t[::1] sub_index,  # IN
    double[::1] out,  # OUT
):
    """Fill `out` with numbers in the open interval (0, 1); see `keyed_random.uniform`."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(out.shape[0]):
            out[i] = philox_uniform(seed, purpose, index[i], sub_index[i])


def normal(
    uint64_t seed,
    uint32_t purpose,
    const uint64_t[::1] index,  # IN
    const uint32_t[::1] sub_index,  # IN
    double[::1] out,  # OUT
):
    """Fill `out` with standard normal numbers; see `keyed_random.normal`."""
    cdef Py_ssize_t i
    with nogil:
        for i in range(out.shape[0]):
            out[i] = normal_quantile(philox_uniform(seed, purpose, index[i], sub_index[i]))
