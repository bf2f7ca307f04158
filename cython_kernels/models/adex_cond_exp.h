/* Adaptive exponential integrate-and-fire neuron, conductances that decay exponentially. */
#include "adex_membrane.h"
#include "synaptic_inputs.h"

#define MODEL adex_cond_exp
#define INPUTS 2
#define SATURATES 1
#define PARAMETERS(X) \
    ADEX_PARAMETERS(X) EXPONENTIAL_PARAMETERS(X) REVERSAL_PARAMETERS(X) LIMIT_PARAMETERS(X)
#define STATES(X) ADEX_STATES(X) EXPONENTIAL_STATES(X) X(w)
#define OF_THE_STEP(X) ADEX_OF_THE_STEP(X)
#include "model_names.h"

#ifdef LEVEL
DEFINE_STEP {
    EXPONENTIAL_INPUTS;
    SATURATE_INPUTS;
    ACT_AS_CONDUCTANCES;
    ADEX_STEP;
}

DEFINE_FIRE {
    ADEX_FIRE;
}
#endif

#include "model_advance.h"
