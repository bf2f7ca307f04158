"""The engine in single precision (float32 state); see engine.pxi."""

ctypedef float real

cdef extern from *:
    """
    #define REAL float
    """

include "engine.pxi"
