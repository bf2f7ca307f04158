/* Leaky integrate-and-fire neuron, conductances that decay exponentially, and two further ones that
 * a spike of its own opens: spike-frequency adaptation and a relative refractory period. */
#include "lif_membrane.h"
#include "synaptic_inputs.h"

#define MODEL lif_cond_exp_gsfa_grr
#define INPUTS 2
#define SATURATES 0
/* Of the conductances g_s and g_r, in nS: gain (mean over the step, times dt / C), decay,
 * reversal, mV, and jump, what a spike adds; rate: dt / tau */
#define OPENED_PARAMETERS(X) \
    X(gain_s) X(gain_r) X(decay_s) X(decay_r) X(reversal_s) X(reversal_r) \
    X(jump_s) X(jump_r) X(rate_s) X(rate_r)
#define PARAMETERS(X) \
    LIF_PARAMETERS(X) EXPONENTIAL_PARAMETERS(X) REVERSAL_PARAMETERS(X) OPENED_PARAMETERS(X)
#define STATES(X) LIF_STATES(X) EXPONENTIAL_STATES(X) X(g_s) X(g_r)
#define OF_THE_STEP(X) LIF_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    VEC opened_s = decaying(&S(g_s), ZERO, P(gain_s), P(decay_s));
    VEC opened_r = decaying(&S(g_r), ZERO, P(gain_r), P(decay_r));
    EXPONENTIAL_INPUTS;
    ACT_AS_CONDUCTANCES;
    opened_s = SMALLER(EVERY(LARGEST_X), opened_s);
    opened_r = SMALLER(EVERY(LARGEST_X), opened_r);
    T(x) = T(x) + (opened_s + opened_r);
    T(drive) = FMA(opened_r, P(reversal_r), FMA(opened_s, P(reversal_s), T(drive)));
    BOUND_CONDUCTANCE;
    LIF_STEP;
}

DEFINE_FIRE {
    const int n_spikes = block->n_spikes;
    LIF_FIRE;
    if (block->n_spikes > n_spikes) {
        double rest = 1.0 - block->spike_fraction[n_spikes];
        LANE_S(g_s) += (REAL)(LANE_P(jump_s) * exp(-rest * LANE_P(rate_s)));
        LANE_S(g_r) += (REAL)(LANE_P(jump_r) * exp(-rest * LANE_P(rate_r)));
    }
}
#endif

#include "model_advance.h"
