"""The engine in single precision (float32 state); see engine.pxi."""

ctypedef float real

cdef extern from *:
    """
    #define REAL float
    #define INTEGER int32_t
    #define REAL_IS_FLOAT 1
    """

include "engine.pxi"
