/* Izhikevich neuron, whose synapses move the membrane at once, by their weight in mV. Runge-Kutta
 * of fourth order; the spike's time is where the cubic through both ends of the step, with their
 * slopes, reaches the peak. What is left of the step after a spike is added to the next one. */

#define MODEL izhikevich
#define INPUTS 2
#define SATURATES 0
/* dv / ds = (quadratic v + linear) v + drive - step u, s in steps; du / ds = rate (b v - u)
 * step: dt, ms; peak: where a spike is registered, mV; reset: c, mV; jump: d, mV/ms */
#define PARAMETERS(X) \
    X(quadratic) X(linear) X(drive) X(step) X(rate) X(b) X(peak) X(reset) X(jump)
#define STATES(X) X(v) X(u) X(waiting)
#define OF_THE_STEP(X) X(v0) X(u0) X(slope0) X(slope1) X(active)
#include "model_names.h"

#ifdef LEVEL
#define SLOPE_V(v, u) FNMA(P(step), u, FMA(FMA(P(quadratic), v, P(linear)), v, P(drive)))
#define SLOPE_U(v, u) (P(rate) * (FMA(P(b), v, ZERO - (u))))
DEFINE_STEP {
    const VEC half = EVERY(0.5), third = EVERY(1.0 / 3), sixth = EVERY(1.0 / 6);
    VEC h = active_part(&S(waiting)), v = S(v) + (event[0] + event[1]), u = S(u);
    VEC v1 = h * SLOPE_V(v, u), u1 = h * SLOPE_U(v, u);
    VEC v_at = FMA(half, v1, v), u_at = FMA(half, u1, u);
    VEC v2 = h * SLOPE_V(v_at, u_at), u2 = h * SLOPE_U(v_at, u_at);
    v_at = FMA(half, v2, v), u_at = FMA(half, u2, u);
    VEC v3 = h * SLOPE_V(v_at, u_at), u3 = h * SLOPE_U(v_at, u_at);
    v_at = v + v3, u_at = u + u3;
    VEC v4 = h * SLOPE_V(v_at, u_at), u4 = h * SLOPE_U(v_at, u_at);
    T(v0) = v;
    T(u0) = u;
    T(active) = h;
    T(slope0) = v1;
    S(v) = FMA(third, v2 + v3, FMA(sixth, v1 + v4, v));
    S(u) = FMA(third, u2 + u3, FMA(sixth, u1 + u4, u));
    T(slope1) = h * SLOPE_V(S(v), S(u));
    return AT_LEAST(LARGER(v, S(v)), P(peak));
}
#undef SLOPE_V
#undef SLOPE_U

DEFINE_FIRE {
    double v0 = LANE_T(v0), rise = LANE_S(v) - v0, goal = LANE_P(peak) - v0;
    double slope0 = LANE_T(slope0), slope1 = LANE_T(slope1), active = LANE_T(active);
    double low = 0, high = 1;
    /* v0 + ((a part + b) part + slope0) part, halved down to a millionth of the step */
    double a = slope0 + slope1 - 2 * rise, b = 3 * rise - 2 * slope0 - slope1;
    for (int n = 0; n < 20 && goal > 0; n++) {
        double part = 0.5 * (low + high);
        if (((a * part + b) * part + slope0) * part < goal) low = part;
        else high = part;
    }
    double part = goal > 0 ? 0.5 * (low + high) : 0;
    register_spike(block, lane, step, 1.0 - active + active * part, 0, &LANE_S(waiting));
    LANE_S(u) = (REAL)(LANE_T(u0) + part * (LANE_S(u) - LANE_T(u0)) + LANE_P(jump));
    LANE_S(v) = LANE_P(reset);
}
#endif

#include "model_advance.h"
