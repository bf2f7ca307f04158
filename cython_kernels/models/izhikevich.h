/* Izhikevich neuron, whose synapses move the membrane at once, by their weight in mV. Runge-Kutta
 * of fourth order. The spike's time is where the cubic through both ends of the step, with their
 * slopes, reaches the peak, and one Newton step from there; what is left of the step after it is
 * integrated from the reset. */

#define MODEL izhikevich
#define INPUTS 2
#define SATURATES 0
/* dv / ds = (quadratic v + linear) v + drive - step u, s in steps; du / ds = rate (b v - u)
 * step: dt, ms; lowest: where the scheme is still stable, mV; peak: where a spike is registered,
 * mV; reset: c, mV; jump: d, mV/ms */
#define PARAMETERS(X) \
    X(quadratic) X(linear) X(drive) X(step) X(rate) X(b) X(lowest) X(peak) X(reset) X(jump)
#define STATES(X) X(v) X(u)
#define OF_THE_STEP(X) X(v0) X(u0) X(slope0) X(slope1)
#include "model_names.h"

#ifndef LEVEL
typedef struct {
    double quadratic, linear, drive, step, rate, b;
} izhikevich_terms;

static inline double izhikevich_slope(const izhikevich_terms *of, double v, double u) {
    return (of->quadratic * v + of->linear) * v + of->drive - of->step * u;
}

/* The scheme of the step for one lane, over the part `h` of it. */
static inline void izhikevich_move(const izhikevich_terms *of, double h, double *v, double *u) {
    double v1 = h * izhikevich_slope(of, *v, *u), u1 = h * of->rate * (of->b * *v - *u);
    double v_at = *v + v1 / 2, u_at = *u + u1 / 2;
    double v2 = h * izhikevich_slope(of, v_at, u_at), u2 = h * of->rate * (of->b * v_at - u_at);
    v_at = *v + v2 / 2, u_at = *u + u2 / 2;
    double v3 = h * izhikevich_slope(of, v_at, u_at), u3 = h * of->rate * (of->b * v_at - u_at);
    v_at = *v + v3, u_at = *u + u3;
    double v4 = h * izhikevich_slope(of, v_at, u_at), u4 = h * of->rate * (of->b * v_at - u_at);
    *v += (v1 + 2 * (v2 + v3) + v4) / 6;
    *u += (u1 + 2 * (u2 + u3) + u4) / 6;
}
#endif

#ifdef LEVEL
#define SLOPE_V(v, u) FNMA(P(step), u, FMA(FMA(P(quadratic), v, P(linear)), v, P(drive)))
#define SLOPE_U(v, u) (P(rate) * (FMA(P(b), v, ZERO - (u))))
DEFINE_STEP {
    const VEC half = EVERY(0.5), third = EVERY(1.0 / 3), sixth = EVERY(1.0 / 6);
    VEC v = LARGER(S(v) + (event[0] + event[1]), P(lowest)), u = S(u);
    VEC v1 = SLOPE_V(v, u), u1 = SLOPE_U(v, u);
    VEC v_at = FMA(half, v1, v), u_at = FMA(half, u1, u);
    VEC v2 = SLOPE_V(v_at, u_at), u2 = SLOPE_U(v_at, u_at);
    v_at = FMA(half, v2, v), u_at = FMA(half, u2, u);
    VEC v3 = SLOPE_V(v_at, u_at), u3 = SLOPE_U(v_at, u_at);
    v_at = v + v3, u_at = u + u3;
    VEC v4 = SLOPE_V(v_at, u_at), u4 = SLOPE_U(v_at, u_at);
    T(v0) = v;
    T(u0) = u;
    T(slope0) = v1;
    S(v) = FMA(third, v2 + v3, FMA(sixth, v1 + v4, v));
    S(u) = FMA(third, u2 + u3, FMA(sixth, u1 + u4, u));
    T(slope1) = SLOPE_V(S(v), S(u));
    return AT_LEAST(LARGER(S(v), v), P(peak)); /* of a number and NaN, LARGER is the second */
}
#undef SLOPE_V
#undef SLOPE_U

DEFINE_FIRE {
    const izhikevich_terms of = {LANE_P(quadratic), LANE_P(linear), LANE_P(drive), LANE_P(step),
                                 LANE_P(rate), LANE_P(b)};
    double v0 = LANE_T(v0), u0 = LANE_T(u0), goal = LANE_P(peak) - v0;
    double slope0 = LANE_T(slope0), slope1 = LANE_T(slope1), rise = LANE_S(v) - v0;
    double v, u = u0, part = 0;
    REAL none;
    if (goal > 0) {
        /* v0 + ((a part + b) part + slope0) part, halved down to a thousandth of the step */
        double a = slope0 + slope1 - 2 * rise, b = 3 * rise - 2 * slope0 - slope1;
        double low = 0, high = 1;
        for (int n = 0; n < 10; n++) {
            part = 0.5 * (low + high);
            if (((a * part + b) * part + slope0) * part < goal) low = part;
            else high = part;
        }
        v = v0;
        izhikevich_move(&of, part, &v, &u);
        part += (LANE_P(peak) - v) / izhikevich_slope(&of, v, u);
        part = part < 0 ? 0 : part > 1 ? 1 : part;
        v = v0, u = u0;
        izhikevich_move(&of, part, &v, &u);
    }
    register_spike(block, lane, step, part, 0, &none);
    v = LANE_P(reset), u += LANE_P(jump);
    izhikevich_move(&of, 1 - part, &v, &u);
    LANE_S(v) = (REAL)v;
    LANE_S(u) = (REAL)u;
}
#endif

#include "model_advance.h"
