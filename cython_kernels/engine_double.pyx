"""The engine in double precision (float64 state); see engine.pxi."""

ctypedef double real

cdef extern from *:
    """
    #define REAL double
    """

include "engine.pxi"
