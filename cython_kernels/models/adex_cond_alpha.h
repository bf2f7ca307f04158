/* Adaptive exponential integrate-and-fire neuron, conductances of the shape of an alpha
 * function. */
#include "adex_membrane.h"
#include "synaptic_inputs.h"

#define MODEL adex_cond_alpha
#define INPUTS 2
#define SATURATES 0
#define PARAMETERS(X) ADEX_PARAMETERS(X) ALPHA_PARAMETERS(X) REVERSAL_PARAMETERS(X)
#define STATES(X) ADEX_STATES(X) ALPHA_STATES(X) X(w)
#define OF_THE_STEP(X) ADEX_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    ALPHA_INPUTS;
    ACT_AS_CONDUCTANCES;
    ADEX_STEP;
}

DEFINE_FIRE {
    ADEX_FIRE;
}
#endif

#include "model_advance.h"
