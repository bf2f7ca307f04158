/* The vector step of the neuron models, compiled once for each instruction set.
 *
 * A unit is a group of LANES lanes that advance together: LANES neurons of a network, or one
 * neuron in LANES trials. Each model stands in models/NAME.h: the names of its parameters and
 * states, its step for one vector of lanes, and what becomes of single lanes that fire. The common
 * pieces are in vector_pieces.h, the loop around them in vector_advance.h.
 *
 * Products and sums are contracted only where the source says FMA. AVX2 and AVX-512 have that
 * instruction and give the same bits; the baseline rounds twice instead.
 *
 * REAL (float or double) and INTEGER (of the same size) are defined by the including kernel.
 */
#ifndef VECTOR_STEP_H
#define VECTOR_STEP_H

#include <math.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif
#include "philox.h"

#define LANES 32
#define MOST_UNITS 16 /* that advance in one call */
#define CACHE_LINE 64
#define N_LEVELS 3 /* instruction sets: baseline, AVX2 with FMA, AVX-512 */
#if defined(__x86_64__) && defined(__GNUC__)
#define HAS_LEVELS 1
#else
#define HAS_LEVELS 0
#endif

/* What keys the random numbers that lanes draw: nothing but seed, purpose, presentation, neuron
 * and step, so that they do not depend on threads, blocks, or trials being lanes. */
typedef struct {
    uint64_t seed;
    uint32_t purpose;
    uint32_t presentation;     /* of lane 0 */
    const int32_t *neuron;     /* its number, of each lane; of each unit alone where lanes are
                                  trials, with presentations that are counted on */
    int lanes_are_trials;
} random_key;

/* Some units of one model on their way through the steps of a block. */
typedef struct {
    int n_units;
    const REAL *parameters;    /* (n_units, n_parameters, LANES), or without LANES where shared */
    int shared;                /* all lanes of a unit have the same parameters */
    REAL *state;               /* (n_units, n_states, LANES) */
    REAL *input;               /* of slot s, unit u and input i: s * slot_stride + u * unit_stride
                                  + i * input_stride */
    int n_receptors;           /* of each neuron, where the model has receptors: so many inputs,
                                  and their parameters and states behind those of the model */
    long slot_stride, input_stride, unit_stride;
    int n_slots, first_slot, n_steps;
    REAL *trace;               /* NULL or (n_steps, n_states, LANES) of a single unit: the states
                                  before each step */
    int n_spikes;              /* out, with the three lists; by step in each vector of lanes */
    int32_t *spike_lane, *spike_step; /* lanes of all units, counted on */
    REAL *spike_fraction;      /* of the step, at which the threshold was crossed */
    int broken;                /* out: a state is not a finite number */
    int64_t first_step;        /* of the presentation */
    random_key key;
} unit_block;

typedef void (*advance_function)(unit_block *);

/* A neuron model as the kernels see it. */
typedef struct {
    const char *name;
    const char *const *parameters, *const *states;
    int n_parameters, n_states, n_inputs;
    int receptors;             /* whether it has any number of receptors besides */
    int drive;                 /* row of the parameter that injected currents change */
    const advance_function *advance[N_LEVELS]; /* with linear, with saturating inputs or NULL */
} neuron_model;

/* phi(x) = (1 - exp(-x)) / x */
static inline double phi_exact(double x) {
    return fabs(x) < 1e-5 ? 1.0 - x / 2 : -expm1(-x) / x;
}

/* Part of the active time `active` (in steps) after which v has moved from v0 to `goal`, with the
 * drive and the conductance of the step: a linear guess and one Newton step. */
static inline double crossing(double v0, double v1, double goal, double drive, double x,
                              double active) {
    if (v0 >= goal) return 0;
    double part = v1 > v0 ? (goal - v0) / (v1 - v0) : 1.0;
    double slope = (drive - x * goal) * active;
    if (slope > 0) {
        double moved = x * active * part;
        double phi = moved > 0.1 ? phi_exact(moved)
            : 1 - moved * (1.0 / 2 - moved * (1.0 / 6 - moved * (1.0 / 24 - moved * (1.0 / 120
                  - moved / 720))));
        double at_guess = v0 + (drive - x * v0) * active * part * phi;
        part += (goal - at_guess) / slope;
    }
    return part < 0 ? 0 : part > 1 ? 1 : part;
}

/* A number in (0, 1) of a lane and a step of the presentation. */
static inline double lane_uniform(const unit_block *block, int lane, int64_t step) {
    const random_key *key = &block->key;
    uint32_t trial = key->lanes_are_trials ? (uint32_t)(lane % LANES) : 0;
    uint32_t neuron = (uint32_t)key->neuron[key->lanes_are_trials ? lane / LANES : lane];
    uint64_t index = (uint64_t)(key->presentation + trial) << 32 | neuron;
    return philox_uniform(key->seed, key->purpose, index, (uint32_t)step);
}

/* Enter a spike at `fraction` of the step (a little more than 1 is allowed). */
static inline void register_spike(unit_block *block, int lane, int step, double fraction,
                                  REAL refractory, REAL *remaining) {
    int i = block->n_spikes++;
    *remaining = (REAL)(refractory - (1.0 - fraction));
    if (fraction < 0) fraction = 0;
    block->spike_lane[i] = lane;
    block->spike_step[i] = step;
    block->spike_fraction[i] = (REAL)fraction;
}

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define TEXT_(a) #a
#define TEXT(a) TEXT_(a)

#include "receptors.h"
/* The names that the models export. */
#include "model_files.h"

#define LEVEL 0
#define ISA baseline
#define TARGET
#include "vector_pieces.h"
#include "model_files.h"
#include "vector_end.h"

#if HAS_LEVELS
#define LEVEL 1
#define ISA avx2
#define TARGET __attribute__((target("avx2,fma")))
#include "vector_pieces.h"
#include "model_files.h"
#include "vector_end.h"

#define LEVEL 2
#define ISA avx512
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,fma")))
#include "vector_pieces.h"
#include "model_files.h"
#include "vector_end.h"
#endif

#if HAS_LEVELS
#define ADVANCES(model) {model##_advance_baseline, model##_advance_avx2, model##_advance_avx512}
#else
#define ADVANCES(model) {model##_advance_baseline, NULL, NULL}
#endif
#define ENTRY(model) \
    {#model, model##_parameter_names, model##_state_names, model##_N_PARAMETERS, \
     model##_N_STATES, model##_N_INPUTS, model##_HAS_RECEPTORS, model##_p_drive, ADVANCES(model)},

#include "model_list.h"
static const neuron_model neuron_models[] = {NEURON_MODELS(ENTRY)};
enum { N_MODELS = sizeof neuron_models / sizeof *neuron_models };

/* Best level of this machine: 0 baseline, 1 AVX2 with FMA, 2 AVX-512. */
static int best_instruction_set(void) {
#if HAS_LEVELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) {
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
            return 2;
        return 1;
    }
#endif
    return 0;
}

/* The step function of a model; NULL where the model has none for saturating inputs. */
static advance_function select_advance(int model, int saturating, int level) {
    return neuron_models[model].advance[level][saturating != 0];
}

/* Conductances that decay for long become denormal numbers, with which most processors are slow.
 * Within the kernels they count as 0. */
static inline unsigned flush_denormals(void) {
#if defined(__SSE2__)
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); /* results and operands */
    return before;
#else
    return 0;
#endif
}

static inline void restore_denormals(unsigned before) {
#if defined(__SSE2__)
    _mm_setcsr(before);
#endif
}

#endif
