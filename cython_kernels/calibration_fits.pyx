"""Fits of distorted nominal curves to the measured points of many circuits, one after the other.

A circuit with factor F and gain G has the value ``F N(DAC / G)`` at a stored value, N being the
nominal curve of the cell. Errors are shares of the value. Solved are the equations of a generalised
linear model with constant coefficient of variation, by Newton's steps with the expected second
derivatives, in the logarithms of F and G.
"""

from libc.math cimport exp, fabs, log

cdef enum:
    MOST_GAINS = 64
    MOST_STEPS = 12

cdef double LARGEST_STEP = 0.7
cdef double LARGEST_EXCESS = 1000.0
cdef double CLOSE_ENOUGH = 1e-7


def fit_curves(
    const double[:, ::1] measured,  # IN (n_points, n): values; 1 where the weight is 0
    const double[:, ::1] weight,  # IN (n_points, n): 1, or 0 where there is no value
    const double[::1] log_dac,  # IN (n_points,)
    double first,  # of the logarithms of the DAC values in the table
    double step,
    const double[::1] nominal,  # IN (n_table,): nominal values at these
    const double[::1] tried,  # IN (n_gains,): logarithms of the gains to start from, at most 64
    const double[:, ::1] log_tried,  # IN (n_points, n_gains): nominal values with these gains
    double ridge_factor,
    double ridge_gain,
    double[::1] factor,  # OUT (n,): logarithms
    double[::1] gain,  # OUT (n,)
):
    """Fit the logarithms of factor and gain of each circuit."""
    cdef Py_ssize_t n_points = measured.shape[0], n_gains = tried.shape[0], i, g, p
    cdef double distance[MOST_GAINS]
    cdef double square[MOST_GAINS]
    cdef double total, found, away, w, least, cost
    with nogil:
        for i in range(measured.shape[1]):
            for g in range(n_gains):
                distance[g] = 0.0
                square[g] = ridge_gain * tried[g] * tried[g]
            total = ridge_factor
            for p in range(n_points):
                w = weight[p, i]
                found = log(measured[p, i])
                total += w
                for g in range(n_gains):
                    away = found - log_tried[p, g]
                    distance[g] += w * away
                    square[g] += w * away * away
            least = square[0] - distance[0] * distance[0] / total
            factor[i] = distance[0] / total
            gain[i] = tried[0]
            for g in range(1, n_gains):
                cost = square[g] - distance[g] * distance[g] / total
                if cost < least:
                    least = cost
                    factor[i] = distance[g] / total
                    gain[i] = tried[g]
            _improve(
                measured, weight, log_dac, first, step, nominal, ridge_factor, ridge_gain, i,
                &factor[i], &gain[i],
            )


cdef void _improve(
    const double[:, ::1] measured, const double[:, ::1] weight, const double[::1] log_dac,
    double first, double step, const double[::1] nominal, double ridge_factor, double ridge_gain,
    Py_ssize_t i, double* factor, double* gain,
) noexcept nogil:
    """Take Newton's steps for one circuit until they are small."""
    cdef Py_ssize_t n_table = nominal.shape[0], p, k
    cdef double a, b, c, u, v, w, place, value, falling, excess, determinant
    cdef double scale, per_step = 1.0 / step, of_factor, of_gain
    for _ in range(MOST_STEPS):
        scale = exp(-factor[0])
        a, b, c = ridge_factor, 0.0, ridge_gain
        u, v = -ridge_factor * factor[0], -ridge_gain * gain[0]
        for p in range(measured.shape[0]):
            w = weight[p, i]
            place = (log_dac[p] - gain[0] - first) * per_step
            # Beyond the table the value stays.
            if place <= 0.0:
                value, falling = nominal[0], 0.0
            elif place >= n_table - 1:
                value, falling = nominal[n_table - 1], 0.0
            else:
                k = <Py_ssize_t>place
                value = nominal[k] + (nominal[k + 1] - nominal[k]) * (place - k)
                falling = (nominal[k] - nominal[k + 1]) * per_step / value
            excess = measured[p, i] * scale / value - 1.0
            if excess > LARGEST_EXCESS:
                excess = LARGEST_EXCESS
            a += w
            b += w * falling
            c += w * falling * falling
            u += w * excess
            v += w * falling * excess
        determinant = a * c - b * b
        of_factor = _limited((c * u - b * v) / determinant)
        of_gain = _limited((a * v - b * u) / determinant)
        factor[0] += of_factor
        gain[0] += of_gain
        if fabs(of_factor) + fabs(of_gain) < CLOSE_ENOUGH:
            return


cdef inline double _limited(double step) noexcept nogil:
    return min(max(step, -LARGEST_STEP), LARGEST_STEP)
