"""Fits of distorted nominal curves to the measured points of many circuits, one after the other.

A circuit with factor F and gain G has the value ``F N(DAC / G)`` at a stored value, N being the
nominal curve of the cell. Errors are shares of the value. Solved are the equations of a generalised
linear model with constant coefficient of variation, by Newton's steps with the expected second
derivatives, in the logarithms of F and G.
"""

from libc.math cimport exp, fabs, log

cdef enum:
    MOST_GAINS = 64
    MOST_STEPS = 20

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
    const double[::1] slope,  # IN (n_table,): how their logarithms rise with that of the gain
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
    cdef Py_ssize_t best
    cdef double total, found, away, w
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
            for g in range(n_gains):
                square[g] -= distance[g] * distance[g] / total
            best = _lowest(square, n_gains)
            factor[i] = distance[best] / total
            gain[i] = tried[best]
            _improve(
                measured, weight, log_dac, first, step, nominal, slope, ridge_factor, ridge_gain, i,
                &factor[i], &gain[i],
            )


cdef Py_ssize_t _lowest(const double* cost, Py_ssize_t n) noexcept nogil:
    """Return next to which of evenly spaced points the lowest minimum is.

    Minima are those of the parabolas through three points.
    """
    cdef Py_ssize_t i, best = 0 if cost[0] < cost[n - 1] else n - 1
    cdef double least = cost[best], slope, bend, vertex
    for i in range(1, n - 1):
        if cost[i] <= cost[i - 1] and cost[i] <= cost[i + 1]:
            slope = 0.5 * (cost[i + 1] - cost[i - 1])
            bend = cost[i + 1] - 2.0 * cost[i] + cost[i - 1]
            vertex = cost[i] - (0.5 * slope * slope / bend if bend > 0.0 else 0.0)
            if vertex < least:
                least, best = vertex, i
    return best


cdef void _improve(
    const double[:, ::1] measured, const double[:, ::1] weight, const double[::1] log_dac,
    double first, double step, const double[::1] nominal, const double[::1] slope,
    double ridge_factor, double ridge_gain, Py_ssize_t i, double* factor, double* gain,
) noexcept nogil:
    """Take Newton's steps for one circuit until they are small."""
    cdef Py_ssize_t n_table = nominal.shape[0], p, k
    cdef double a, b, c, u, v, w, place, value, falling, excess, determinant
    cdef double scale, of_factor, of_gain
    cdef double per_step = 1.0 / step, largest = LARGEST_STEP, before = 0.0
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
                falling = slope[k] + (slope[k + 1] - slope[k]) * (place - k)
            excess = measured[p, i] * scale / value - 1.0
            if excess > LARGEST_EXCESS:
                excess = LARGEST_EXCESS
            a += w
            b += w * falling
            c += w * falling * falling
            u += w * excess
            v += w * falling * excess
        determinant = a * c - b * b
        of_factor = _limited((c * u - b * v) / determinant, LARGEST_STEP)
        of_gain = _limited((a * v - b * u) / determinant, largest)
        if of_gain * before < 0.0:
            # Back over a bend of the curve: not as far, or the steps would go to and fro.
            largest = 0.5 * fabs(before)
            of_gain = _limited(of_gain, largest)
        before = of_gain
        factor[0] += of_factor
        gain[0] += of_gain
        if fabs(of_factor) + fabs(of_gain) < CLOSE_ENOUGH:
            return


cdef inline double _limited(double step, double largest) noexcept nogil:
    return min(max(step, -largest), largest)
