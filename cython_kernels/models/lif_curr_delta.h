/* Leaky integrate-and-fire neuron whose synapses move the membrane at once, by their weight in mV.
 * What arrives during the refractory period has no effect. */
#include "lif_membrane.h"

#define MODEL lif_curr_delta
#define INPUTS 2
#define SATURATES 0
#define PARAMETERS(X) LIF_PARAMETERS(X)
#define STATES(X) LIF_STATES(X)
#define OF_THE_STEP(X) LIF_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
/* A rest of the refractory period this short, in steps, is rounding. */
#define OVER 1e-4
DEFINE_STEP {
    VEC jump = CHOOSE(ABOVE(S(refractory), EVERY(OVER)), ZERO, event[0] + event[1]);
    T(x) = P(leak);
    T(drive) = P(drive);
    T(active) = active_part(&S(refractory));
    T(v0) = S(v) + jump;
    S(v) = relax(T(v0), T(drive), T(x), T(active));
    return AT_LEAST(LARGER(T(v0), S(v)), P(threshold));
}
#undef OVER

DEFINE_FIRE {
    LIF_FIRE;
}
#endif

#include "model_advance.h"
