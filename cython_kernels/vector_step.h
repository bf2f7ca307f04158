/* The vector step of the neuron models, compiled once for each instruction set.
 *
 * A unit is a group of LANES lanes that advance together: LANES neurons of a network, or one
 * neuron in LANES trials. The step is written once with the compiler's vector types. As products
 * and sums are never contracted (-ffp-contract=off), every instruction set gives the same bits.
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

#define LANES 32
#define CACHE_LINE 64

/* Rows of a unit's parameter table, (N_PARAMETERS, LANES). Conductances are in units of C/dt, so
 * that a sum of them is the x of phi(x); times are in steps. */
enum {
    P_DECAY_E, P_DECAY_I,   /* exp(-dt/tau_syn) */
    P_GAIN_E, P_GAIN_I,     /* mean over the step of the synaptic conductance, per uS or nA */
    P_REVERSAL_E, P_REVERSAL_I, /* mV; 1 where current-based */
    P_CONDUCTANCE,          /* 1 conductance-based, 0 current-based */
    P_LEAK,                 /* dt/tau_m */
    P_DRIVE,                /* leak * v_rest + dt/C * current, mV */
    P_THRESHOLD, P_RESET,   /* mV */
    P_REFRACTORY,           /* steps */
    N_LIF_PARAMETERS,
    P_REST = N_LIF_PARAMETERS, /* mV */
    P_ADAPT_GAIN,           /* a * (1 - exp(-dt/tau_w)), nA/mV */
    P_ADAPT_RATE,           /* 1 - exp(-dt/tau_w) */
    P_ADAPT_DRIVE,          /* dt/C, mV/nA */
    P_ADAPT_JUMP,           /* b, nA */
    P_SLOPE,                /* delta_T, mV */
    P_INVERSE_SLOPE,        /* 1/delta_T; 0 without exponential term */
    P_EXP_THRESHOLD,        /* v_thresh of the exponential term, mV */
    P_EXP_LEAK,             /* dt/tau_m; 0 without exponential term */
    P_INPUT_LIMIT,          /* dt/C * limit of a synaptic input; saturating variants only */
    P_INVERSE_LIMIT,        /* 1 / (2 P_INPUT_LIMIT), or 0 */
    N_PARAMETERS
};

/* Rows of a unit's state, (N_STATES, LANES). */
enum { S_V, S_REFRACTORY, S_G_EXC, S_G_INH, S_W, N_STATES };

/* Rows of one step of a trace, (N_TRACES, LANES). */
enum { T_V, T_W, T_G_EXC, T_G_INH, N_TRACES };

typedef struct {
    const REAL *parameters;
    int shared;                /* all lanes have the same parameters: (N_PARAMETERS,) */
    REAL *state;
    REAL *ring_exc, *ring_inh; /* slot s of this unit starts at s * slot_stride */
    long slot_stride;
    int n_slots, first_slot, n_steps;
    REAL *trace;               /* NULL or (n_steps, N_TRACES, LANES) */
    int n_spikes;              /* out, with the three lists, ordered by step then lane */
    int32_t *spike_lane, *spike_step;
    REAL *spike_fraction;      /* of the step, at which the threshold was crossed */
} unit_block;

/* Above this x = dt * g / C the polynomial of phi is not accurate enough (3e-5 there). */
#define LARGE_X ((REAL)0.25)
/* A synaptic input is saturated where x / (2 limit) exceeds this. */
#define SATURATED_HALF ((REAL)0.70710678118654752440)
#if REAL_IS_FLOAT
#define ROOT(x) __builtin_sqrtf(x)
#else
#define ROOT(x) __builtin_sqrt(x)
#endif
/* Above this y the logarithm's polynomial is not accurate enough (1e-7 there). */
#define LARGE_Y ((REAL)0.2)

/* phi(x) = (1 - exp(-x)) / x */
static inline double phi_exact(double x) {
    return fabs(x) < 1e-5 ? 1.0 - x / 2 : -expm1(-x) / x;
}

/* Part of the active time `active` (in steps) after which v has moved from v0 to `goal`, with the
 * drive and the conductance of the step: a linear guess and one Newton step. */
static inline double crossing(double v0, double v1, double goal, double drive, double x,
                              double active) {
    double part = v1 > v0 ? (goal - v0) / (v1 - v0) : 1.0;
    double slope = (drive - x * goal) * active;
    if (slope > 0) {
        double moved = x * active * part;
        double phi = moved < 0.1 ? 1 - moved * (0.5 - moved * (1.0 / 6 - moved / 24))
                                 : phi_exact(moved);
        double at_guess = v0 + (drive - x * v0) * active * part * phi;
        part += (goal - at_guess) / slope;
    }
    return part < 0 ? 0 : part > 1 ? 1 : part;
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

typedef void (*advance_function)(unit_block *);

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)

#define ISA baseline
#define TARGET
#define VECTOR_BYTES 16
#if defined(__SSE2__)
#define ANY(mask) (_mm_movemask_epi8((__m128i)(mask)) != 0)
#else
#define ANY(mask) any_lane((const INTEGER *)&(mask), VECTOR_BYTES / (int)sizeof(REAL))
static inline int any_lane(const INTEGER *lanes, int n) {
    INTEGER any = 0;
    for (int i = 0; i < n; i++) any |= lanes[i];
    return any != 0;
}
#endif
#include "vector_step_body.h"
#undef ISA
#undef TARGET
#undef VECTOR_BYTES
#undef ANY

#if defined(__x86_64__) && defined(__GNUC__)
#define ISA avx2
#define TARGET __attribute__((target("avx2")))
#define VECTOR_BYTES 32
#define ANY(mask) (!_mm256_testz_si256((__m256i)(mask), (__m256i)(mask)))
#include "vector_step_body.h"
#undef ISA
#undef TARGET
#undef VECTOR_BYTES
#undef ANY

#define ISA avx512
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#define VECTOR_BYTES 64
#define ANY(mask) (_mm512_test_epi32_mask((__m512i)(mask), (__m512i)(mask)) != 0)
#include "vector_step_body.h"
#undef ISA
#undef TARGET
#undef VECTOR_BYTES
#undef ANY
#endif

/* Best level of this machine: 0 baseline, 1 AVX2, 2 AVX-512. */
static int best_instruction_set(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        return 2;
    if (__builtin_cpu_supports("avx2")) return 1;
#endif
    return 0;
}

/* The step function of a model, with inputs that saturate or not, for an instruction set. */
static advance_function select_advance(int adex, int saturating, int level) {
    const advance_function *of_level = advance_baseline;
#if defined(__x86_64__) && defined(__GNUC__)
    if (level == 2) of_level = advance_avx512;
    if (level == 1) of_level = advance_avx2;
#endif
    return of_level[2 * (saturating != 0) + (adex != 0)];
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
