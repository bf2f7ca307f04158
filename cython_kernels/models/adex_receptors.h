/* Adaptive exponential integrate-and-fire neuron with any number of receptors. */
#include "adex_membrane.h"
#include "synaptic_inputs.h"

#define MODEL adex_receptors
#define INPUTS 0
#define RECEPTORS 1
#define SATURATES 0
#define PARAMETERS(X) ADEX_PARAMETERS(X)
#define STATES(X) ADEX_STATES(X) X(w)
#define OF_THE_STEP(X) ADEX_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    ACT_AS_RECEPTORS;
    ADEX_STEP;
}

DEFINE_FIRE {
    ADEX_FIRE;
}
#endif

#include "model_advance.h"
