/* Leaky integrate-and-fire neuron with any number of receptors. */
#include "lif_membrane.h"
#include "synaptic_inputs.h"

#define MODEL lif_receptors
#define INPUTS 0
#define RECEPTORS 1
#define SATURATES 0
#define PARAMETERS(X) LIF_PARAMETERS(X)
#define STATES(X) LIF_STATES(X)
#define OF_THE_STEP(X) LIF_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    ACT_AS_RECEPTORS;
    LIF_STEP;
}

DEFINE_FIRE {
    LIF_FIRE;
}
#endif

#include "model_advance.h"
