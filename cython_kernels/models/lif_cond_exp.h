/* Leaky integrate-and-fire neuron, conductances that decay exponentially. */
#include "lif_membrane.h"
#include "synaptic_inputs.h"

#define MODEL lif_cond_exp
#define INPUTS 2
#define SATURATES 1
#define PARAMETERS(X) \
    LIF_PARAMETERS(X) EXPONENTIAL_PARAMETERS(X) REVERSAL_PARAMETERS(X) LIMIT_PARAMETERS(X)
#define STATES(X) LIF_STATES(X) EXPONENTIAL_STATES(X)
#define OF_THE_STEP(X) LIF_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    EXPONENTIAL_INPUTS;
    SATURATE_INPUTS;
    ACT_AS_CONDUCTANCES;
    LIF_STEP;
}

DEFINE_FIRE {
    LIF_FIRE;
}
#endif

#include "model_advance.h"
