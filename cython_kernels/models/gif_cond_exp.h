/* Generalised integrate-and-fire neuron, conductances that decay exponentially: a leaky membrane
 * with a current that follows spikes (eta), a threshold that moves with them (gamma), and spikes
 * drawn from the intensity lambda0 exp((v - threshold) / delta_v).
 *
 * The integral of the intensity from one spike to the next is an exponential random number of mean
 * 1, so one draw a spike is all it takes: `left` is what is left of the integral. Within a step the
 * exponent moves linearly. */
#include "lif_membrane.h"
#include "synaptic_inputs.h"

#define MODEL gif_cond_exp
#define INPUTS 2
#define SATURATES 0
#define GIF_TERMS(X, name) \
    X(name##_0) X(name##_1) X(name##_2) X(name##_3) \
    X(name##_4) X(name##_5) X(name##_6) X(name##_7)
/* exp_slope, exp_offset: integral over a step = 2^((v - v_t) exp_slope + exp_offset)
 * threshold: where it is long after a spike, mV; of each term decay and rate (dt / tau) and jump,
 * what a spike adds (mV, and nA); gain_eta: mean over the step, times dt / C */
#define PARAMETERS(X) \
    X(leak) X(drive) X(reset) X(refractory) X(threshold) X(exp_slope) X(exp_offset) \
    EXPONENTIAL_PARAMETERS(X) REVERSAL_PARAMETERS(X) \
    GIF_TERMS(X, decay_eta) GIF_TERMS(X, decay_gamma) GIF_TERMS(X, gain_eta) \
    GIF_TERMS(X, rate_eta) GIF_TERMS(X, rate_gamma) GIF_TERMS(X, jump_eta) GIF_TERMS(X, jump_gamma)
/* left: 0 before the first draw; lost: of it by rounding */
#define STATES(X) \
    LIF_STATES(X) EXPONENTIAL_STATES(X) X(i_eta) X(v_t) X(left) X(lost) \
    GIF_TERMS(X, eta) GIF_TERMS(X, gamma)
#define OF_THE_STEP(X) X(v0) X(v_t0) X(drive) X(x) X(active) X(left0)
#include "model_names.h"

#ifndef LEVEL
enum { GIF_N_TERMS = 8 };
#define GIF_LN_2 0.69314718055994530942
#endif

#ifdef LEVEL
#define TERM_P(name, j) parameter(p, PASTE(PASTE(MODEL, p), name##_0) + (j), k, shared)
#define TERM_S(name, j) s[PASTE(PASTE(MODEL, s), name##_0) + (j)]
DEFINE_STEP {
    const VEC low = EVERY(-100), high = EVERY(10), largest = EVERY(LARGEST_SUM); /* of exp2_, phi */
    VEC current = ZERO, i_eta = ZERO, gamma = ZERO, before, after, change, integral, rest;
    EXPONENTIAL_INPUTS;
    ACT_AS_CONDUCTANCES;
    for (int j = 0; j < GIF_N_TERMS; j++) {
        current = FMA(TERM_P(gain_eta, j), TERM_S(eta, j), current);
        TERM_S(eta, j) = TERM_S(eta, j) * TERM_P(decay_eta, j);
        TERM_S(gamma, j) = TERM_S(gamma, j) * TERM_P(decay_gamma, j);
        i_eta = i_eta + TERM_S(eta, j);
        gamma = gamma + TERM_S(gamma, j);
    }
    T(drive) = T(drive) - current;
    T(active) = active_part(&S(refractory));
    T(v0) = S(v);
    T(v_t0) = S(v_t);
    S(v) = relax(T(v0), T(drive), T(x), T(active));
    S(v_t) = P(threshold) + gamma;
    S(i_eta) = i_eta;
    before = FMA(T(v0) - T(v_t0), P(exp_slope), P(exp_offset));
    after = FMA(S(v) - S(v_t), P(exp_slope), P(exp_offset));
    change = LARGER(after - before, before - after) * EVERY(GIF_LN_2);
    rest = LARGER(SMALLER(LARGER(before, after), high), low);
    integral = T(active) * exp2_(rest) * phi(SMALLER(change, largest));
    T(left0) = S(left);
    integral = integral + S(lost);
    rest = S(left) - integral;
    S(lost) = (rest - S(left)) + integral;
    S(left) = rest;
    return AT_LEAST(ZERO, rest);
}
#undef TERM_P
#undef TERM_S

#define LANE_TERM_P(name, j) p[shared ? PASTE(PASTE(MODEL, p), name##_0) + (j) \
                                      : (PASTE(PASTE(MODEL, p), name##_0) + (j)) * LANES + i]
#define LANE_TERM_S(name, j) lanes->s[PASTE(PASTE(MODEL, s), name##_0) + (j)][i]
DEFINE_FIRE {
    double active = LANE_T(active), left = LANE_T(left0), part = 1, fraction;
    double integral = left - LANE_S(left);
    double slope = LANE_P(exp_slope) * GIF_LN_2, offset = LANE_P(exp_offset) * GIF_LN_2;
    double before = (LANE_T(v0) - LANE_T(v_t0)) * slope + offset;
    double change = (LANE_S(v) - LANE_S(v_t)) * slope + offset - before;
    if (left <= 0) left = -log(lane_uniform(block, lane, block->first_step + step));
    LANE_S(lost) = 0;
    LANE_S(left) = (REAL)(left - integral);
    if (active <= 0 || LANE_S(left) > 0) return;
    /* Where (exp(before + change part) - exp(before)) / change is what was left. */
    left /= active;
    if (fabs(change) < 1e-6) {
        part = left * exp(-before);
    } else if (before < -500) {
        part = change > 0 ? (log(left * change) - before) / change : 1;
    } else {
        double grown = left * change * exp(-before);
        part = grown > -1 ? log1p(grown) / change : 1;
    }
    part = part < 0 ? 0 : part > 1 ? 1 : part;
    fraction = 1.0 - active + active * part;
    register_spike(block, lane, step, fraction, LANE_P(refractory), &LANE_S(refractory));
    LANE_S(v) = LANE_P(reset);
    LANE_S(left) = (REAL)-log(lane_uniform(block, lane, block->first_step + step + 1));
    fraction = 1.0 - fraction;
    for (int j = 0; j < GIF_N_TERMS; j++) {
        double eta = LANE_TERM_P(jump_eta, j) * exp(-fraction * LANE_TERM_P(rate_eta, j));
        double gamma = LANE_TERM_P(jump_gamma, j) * exp(-fraction * LANE_TERM_P(rate_gamma, j));
        LANE_TERM_S(eta, j) += (REAL)eta;
        LANE_TERM_S(gamma, j) += (REAL)gamma;
        LANE_S(i_eta) += (REAL)eta;
        LANE_S(v_t) += (REAL)gamma;
    }
}
#undef LANE_TERM_P
#undef LANE_TERM_S
#endif

#include "model_advance.h"
#undef GIF_TERMS
