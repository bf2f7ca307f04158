"""The engine in double precision (float64 state); see engine.pxi."""

ctypedef double real

cdef extern from *:
    """
    #define REAL double
    #define INTEGER int64_t
    #define REAL_IS_FLOAT 0
    """

include "engine.pxi"
