/* The synaptic inputs that models share: one excitatory, one inhibitory. Each macro makes `exc` and
 * `inh`, what the inputs add to the sums of the step: x = dt g / C of a conductance, dt I / C (mV)
 * of a current. For use in a model's step. */
#ifndef SYNAPTIC_INPUTS_H
#define SYNAPTIC_INPUTS_H

/* gain: mean over the step of the input, times dt / C, per uS or nA; decay: exp(-dt / tau_syn) */
#define EXPONENTIAL_PARAMETERS(X) X(gain_exc) X(gain_inh) X(decay_exc) X(decay_inh)
#define EXPONENTIAL_STATES(X) X(gsyn_exc) X(gsyn_inh)
#define EXPONENTIAL_INPUTS \
    VEC exc = decaying(&S(gsyn_exc), event[0], P(gain_exc), P(decay_exc)); \
    VEC inh = decaying(&S(gsyn_inh), event[1], P(gain_inh), P(decay_inh))

/* transfer: of `rise` to the input in one step, e dt / tau; rise_gain: gain of `rise` */
#define ALPHA_PARAMETERS(X) EXPONENTIAL_PARAMETERS(X) \
    X(rise_gain_exc) X(rise_gain_inh) X(transfer_exc) X(transfer_inh)
#define ALPHA_STATES(X) EXPONENTIAL_STATES(X) X(rise_exc) X(rise_inh)
#define ALPHA_INPUTS \
    VEC exc = alpha_shaped(&S(gsyn_exc), &S(rise_exc), event[0], P(gain_exc), P(rise_gain_exc), \
                           P(transfer_exc), P(decay_exc)); \
    VEC inh = alpha_shaped(&S(gsyn_inh), &S(rise_inh), event[1], P(gain_inh), P(rise_gain_inh), \
                           P(transfer_inh), P(decay_inh))

/* input_limit: dt / C times the limit of an input; inverse_limit: 1 / (2 input_limit) */
#define LIMIT_PARAMETERS(X) X(input_limit) X(inverse_limit)
#define SATURATE_INPUTS \
    if (saturating) { \
        exc = saturated(exc, P(input_limit), P(inverse_limit)); \
        inh = saturated(inh, P(input_limit), P(inverse_limit)); \
    }

/* Conductances pull the membrane to their reversal potentials (mV), with the leak: makes T(x) and
 * T(drive) of dv/ds = drive - x v, s in steps. */
#define REVERSAL_PARAMETERS(X) X(reversal_exc) X(reversal_inh)
#define ACT_AS_CONDUCTANCES \
    exc = SMALLER(EVERY(LARGEST_X), exc); \
    inh = SMALLER(EVERY(LARGEST_X), inh); \
    T(x) = P(leak) + exc + inh; \
    T(drive) = FMA(inh, P(reversal_inh), FMA(exc, P(reversal_exc), P(drive)))

/* Where more than two conductances act: their sum is kept within the range of phi(), and the
 * potential that they pull to, drive / x, stays. */
#define LARGEST_SUM 40
#define BOUND_CONDUCTANCE do { \
    VEC factor = EVERY(LARGEST_SUM) / LARGER(T(x), EVERY(LARGEST_SUM)); \
    T(x) = T(x) * factor; \
    T(drive) = T(drive) * factor; \
} while (0)

/* Currents add to the drive. */
#define ACT_AS_CURRENTS \
    T(x) = P(leak); \
    T(drive) = P(drive) + exc + inh

#endif
