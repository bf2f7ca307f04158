/* Leaky integrate-and-fire neuron, currents of the shape of an alpha function. */
#include "lif_membrane.h"
#include "synaptic_inputs.h"

#define MODEL lif_curr_alpha
#define INPUTS 2
#define SATURATES 0
#define PARAMETERS(X) LIF_PARAMETERS(X) ALPHA_PARAMETERS(X)
#define STATES(X) LIF_STATES(X) ALPHA_STATES(X)
#define OF_THE_STEP(X) LIF_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    ALPHA_INPUTS;
    ACT_AS_CURRENTS;
    LIF_STEP;
}

DEFINE_FIRE {
    LIF_FIRE;
}
#endif

#include "model_advance.h"
