/* The adaptive exponential membrane, for the models that have it.
 *
 * The linear part is integrated as that of a leaky neuron; then the exponential current alone, in
 * closed form: u = exp(-(v - v_T) / delta_T) falls at the constant rate dt / tau_m, so that v grows
 * by -delta_T ln(1 - y) with y = dt / (tau_m u). Of the symmetric splitting (half exponential,
 * linear, half exponential) two half steps are taken together: the state holds the exponential part
 * of half a step ahead, and a spike in it comes half a step later. */
#ifndef ADEX_MEMBRANE_H
#define ADEX_MEMBRANE_H

/* leak, drive, threshold (where a spike is registered), reset, refractory: as of LIF
 * exp_slope, exp_offset: y = 2^(v exp_slope + exp_offset); slope: delta_T, mV
 * adapt_rate: 1 - exp(-dt / tau_w); half_adapt_gain: a adapt_rate / 2, nA / mV
 * adapt_offset: -a adapt_rate v_rest, nA; adapt_drive: dt / C, mV / nA
 * adapt_leak: adapt_drive half_adapt_gain: the mean w of the step follows the membrane at its start
 * adapt_jump: b, nA */
#define ADEX_PARAMETERS(X) \
    X(leak) X(drive) X(threshold) X(reset) X(refractory) \
    X(exp_slope) X(exp_offset) X(slope) \
    X(adapt_rate) X(half_adapt_gain) X(adapt_offset) X(adapt_drive) X(adapt_leak) X(adapt_jump)
#define ADEX_STATES(X) X(v) X(refractory)
#define ADEX_OF_THE_STEP(X) X(v0) X(w0) X(linear) X(drive) X(x) X(active)

/* Goes on from T(x) and T(drive); the end of a step. Besides ADEX_STATES there is a state w. */
#define ADEX_STEP do { \
    VEC decayed_w, y; \
    T(active) = active_part(&S(refractory)); \
    T(v0) = S(v); \
    T(w0) = S(w); \
    decayed_w = FNMA(P(adapt_rate), T(w0), P(adapt_offset)); \
    T(drive) = FNMA(P(adapt_drive), FMA(EVERY(0.5), decayed_w, T(w0)), T(drive)); \
    T(linear) = FMA(FNMA(T(x) + P(adapt_leak), T(v0), T(drive)), \
                    T(active) * phi(T(x) * T(active)), T(v0)); \
    y = T(active) * exp2_(FMA(T(linear), P(exp_slope), P(exp_offset))); \
    S(v) = FMA(P(slope) * y, blow_up(y), T(linear)); \
    S(w) = T(w0) + FMA(P(half_adapt_gain), T(v0) + S(v), decayed_w); \
    return EITHER(ABOVE(y, EVERY(LARGE_Y)), AT_LEAST(S(v), P(threshold))); \
} while (0)

/* A membrane that is held at a reset above the threshold waits for its refractory period. */
#define ADEX_FIRE do { \
    double v0 = LANE_T(v0), w0 = LANE_T(w0), linear = LANE_T(linear); \
    double drive = LANE_T(drive) - LANE_P(adapt_leak) * v0; \
    double x = LANE_T(x), active = LANE_T(active); \
    double spike_v = LANE_P(threshold), slope = LANE_P(slope); \
    double z = linear * LANE_P(exp_slope) + LANE_P(exp_offset); \
    double y = active * exp2(z > 500 ? 500 : z); \
    double part = 2.0, lag = 0.0, jump = 0.0, end = linear, mean; \
    if (active > 0 && linear >= spike_v) { \
        part = crossing(v0, linear, spike_v, drive, x, active); \
    } else if (active > 0) { \
        double at_spike = exp((linear - spike_v) / slope); /* u at the spike, over u now */ \
        lag = 0.5; \
        if (1 - y <= at_spike) part = (1 - at_spike) / y; \
        else end = linear - slope * log1p(-y); \
    } \
    if (part > 1 && (end < spike_v || active <= 0)) { \
        mean = 0.5 * (v0 + end); \
        LANE_S(v) = (REAL)end; \
    } else { \
        double fraction = 1.0 - active + active * (part > 1 ? 1 : part) + lag; \
        register_spike(block, lane, step, fraction, LANE_P(refractory), &LANE_S(refractory)); \
        LANE_S(v) = LANE_P(reset); \
        mean = 0.5 * fraction * (v0 + spike_v) + (1.0 - fraction) * LANE_S(v); \
        jump = LANE_P(adapt_jump) * (1.0 - LANE_P(adapt_rate) * (1.0 - fraction)); \
    } \
    LANE_S(w) = (REAL)(w0 + 2.0 * LANE_P(half_adapt_gain) * mean + LANE_P(adapt_offset) \
                       - LANE_P(adapt_rate) * w0 + jump); \
} while (0)

#endif
