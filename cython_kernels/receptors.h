/* Any number of receptors of one neuron, each with an input of its own: for models that define
 * RECEPTORS. Included by vector_step.h for the names, and by vector_pieces.h for the step.
 *
 * All responses are one linear system, gsyn and what it rises by: an event w adds kick_gsyn w to
 * gsyn and kick_rise w to the rise, then gsyn' = decay_gsyn gsyn + transfer rise and
 * rise' = decay_rise rise. Their mean over the step, times dt / C, is gain gsyn + rise_gain rise.
 * A conductance pulls with that (pull 1) to `reversal`, mV; a current has pull 0 and reversal 1.
 * largest: mean beyond which it does not count. */
#ifndef RECEPTORS_H
#define RECEPTORS_H
#define RECEPTOR_PARAMETERS(X) \
    X(kick_gsyn) X(kick_rise) X(decay_gsyn) X(decay_rise) X(transfer) X(gain) X(rise_gain) \
    X(pull) X(reversal) X(largest)
#define RECEPTOR_STATES(X) X(gsyn) X(rise)
#define RECEPTOR_P_ROW(name) RECEPTOR_p_##name,
#define RECEPTOR_S_ROW(name) RECEPTOR_s_##name,
#define RECEPTOR_TEXT(name) TEXT(name),
enum { RECEPTOR_PARAMETERS(RECEPTOR_P_ROW) N_RECEPTOR_PARAMETERS };
enum { RECEPTOR_STATES(RECEPTOR_S_ROW) N_RECEPTOR_STATES };
static const char *const receptor_parameter_names[] = {RECEPTOR_PARAMETERS(RECEPTOR_TEXT)};
static const char *const receptor_state_names[] = {RECEPTOR_STATES(RECEPTOR_TEXT)};
/* What all receptors of a neuron add up to, as a model's step gets it in `event`. */
enum { TOTAL_PULL, TOTAL_DRIVE, N_TOTALS };
#endif

#ifdef LEVEL
#define receive PASTE(receive, ISA)
/* Advances the n receptors of vector k and adds up what they do. Parameters and states lie behind
 * those of the model, receptor by receptor; each input is a row of the slot. */
PIECE void receive(VEC *total, REAL *states, REAL *input, long input_stride, int n, const REAL *p,
                   const int k, const int shared) {
    const int p_stride = N_RECEPTOR_PARAMETERS * (shared ? 1 : LANES);
    total[TOTAL_PULL] = total[TOTAL_DRIVE] = ZERO;
    for (int i = 0; i < n; i++, p += p_stride) {
#define OWN(name) parameter(p, RECEPTOR_p_##name, k, shared)
        REAL *place = input + i * input_stride + k * WIDTH;
        REAL *gsyn = states + (i * N_RECEPTOR_STATES + RECEPTOR_s_gsyn) * LANES + k * WIDTH;
        REAL *rise = states + (i * N_RECEPTOR_STATES + RECEPTOR_s_rise) * LANES + k * WIDTH;
        VEC event = LOAD(place);
        VEC now = FMA(OWN(kick_gsyn), event, LOAD(gsyn));
        VEC rising = FMA(OWN(kick_rise), event, LOAD(rise));
        VEC mean = SMALLER(OWN(largest), FMA(OWN(rise_gain), rising, OWN(gain) * now));
        KEEP(place, ZERO);
        KEEP(gsyn, FMA(OWN(transfer), rising, OWN(decay_gsyn) * now));
        KEEP(rise, OWN(decay_rise) * rising);
        total[TOTAL_PULL] = FMA(OWN(pull), mean, total[TOTAL_PULL]);
        total[TOTAL_DRIVE] = FMA(OWN(reversal), mean, total[TOTAL_DRIVE]);
#undef OWN
    }
}

/* In a model's step: makes T(x) and T(drive) of the leak and of all receptors. */
#define ACT_AS_RECEPTORS do { \
    T(x) = P(leak) + event[TOTAL_PULL]; \
    T(drive) = P(drive) + event[TOTAL_DRIVE]; \
    BOUND_CONDUCTANCE; \
} while (0)
#endif
