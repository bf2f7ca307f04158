"""What the OpenMP runtime grants to this process, and letting go of its threads before a fork."""

from cython.parallel cimport parallel, threadid

cdef extern from *:
    """
    #ifdef _OPENMP
    #include <omp.h>
    #define HAS_OPENMP 1
    #define fix_team_size() omp_set_dynamic(0)
    #define team_size() omp_get_num_threads()
    #else
    #define HAS_OPENMP 0
    #define fix_team_size()
    #define team_size() 1
    #endif

    /* Of OpenMP 5.0; GCC has it since version 9 though it says that it follows an older one. */
    #if defined(_OPENMP) && (_OPENMP >= 201811 || (defined(__GNUC__) && __GNUC__ >= 9))
    #define end_threads() omp_pause_resource_all(omp_pause_soft)
    #elif defined(_OPENMP)
    #define end_threads() (-1)
    #else
    #define end_threads() 0
    #endif
    """
    int HAS_OPENMP
    void fix_team_size() noexcept nogil
    int team_size() noexcept nogil
    int end_threads() noexcept nogil


def has_openmp():
    """Whether the kernels were built with OpenMP."""
    return bool(HAS_OPENMP)


def granted_threads(int n_threads):
    """Return how many threads a team gets that asks for `n_threads`.

    From then on each team that this thread of Python starts gets as many: the runtime does not
    adjust them to the load (OMP_DYNAMIC).
    """
    cdef int[1] size
    size[0] = 1
    fix_team_size()
    with nogil, parallel(num_threads=n_threads):
        if threadid() == 0:
            size[0] = team_size()
    return size[0]


def release_threads():
    """End the threads that wait for the next team of this thread of Python.

    The next team starts new ones.

    Returns
    -------
    bool
        False if the runtime cannot do it.
    """
    return end_threads() == 0
