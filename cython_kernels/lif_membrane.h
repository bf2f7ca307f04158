/* The leaky integrate-and-fire membrane, for the models that have it: exponential Euler with the
 * mean inputs of the step, the crossing of the threshold interpolated within it. */
#ifndef LIF_MEMBRANE_H
#define LIF_MEMBRANE_H

/* leak: dt / tau_m; drive: leak * v_rest + dt / C * current, mV; threshold, reset: mV;
 * refractory: steps */
#define LIF_PARAMETERS(X) X(leak) X(drive) X(threshold) X(reset) X(refractory)
#define LIF_STATES(X) X(v) X(refractory)
#define LIF_OF_THE_STEP(X) X(v0) X(drive) X(x) X(active)

/* Goes on from T(x) and T(drive); the end of a step. */
#define LIF_STEP \
    T(active) = active_part(&S(refractory)); \
    T(v0) = S(v); \
    S(v) = relax(T(v0), T(drive), T(x), T(active)); \
    return AT_LEAST(S(v), P(threshold))

/* A membrane that is held at a reset above the threshold waits for its refractory period. */
#define LIF_FIRE do { \
    double active = LANE_T(active); \
    if (active > 0) { \
        double part = crossing(LANE_T(v0), LANE_S(v), LANE_P(threshold), LANE_T(drive), \
                               LANE_T(x), active); \
        register_spike(block, lane, step, 1.0 - active + active * part, LANE_P(refractory), \
                       &LANE_S(refractory)); \
        LANE_S(v) = LANE_P(reset); \
    } \
} while (0)

#endif
