/* The vector step of the neuron models, compiled once for each instruction set.
 *
 * A unit is a group of LANES lanes that advance together: LANES neurons of a network, or one
 * neuron in LANES trials. Plain loops over the lanes are left to the compiler's vectoriser; as
 * products and sums are never contracted (-ffp-contract=off) every instruction set gives the same
 * bits. REAL (float or double) is defined by the including kernel.
 */
#ifndef VECTOR_STEP_H
#define VECTOR_STEP_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#define LANES 32

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
    N_PARAMETERS
};

/* Rows of a unit's state, (N_STATES, LANES). */
enum { S_V, S_REFRACTORY, S_G_EXC, S_G_INH, S_W, N_STATES };

/* Rows of one step of a trace, (N_TRACES, LANES). */
enum { T_V, T_W, T_G_EXC, T_G_INH, N_TRACES };

typedef struct {
    const REAL *parameters;
    REAL *state;
    REAL *ring_exc, *ring_inh; /* slot s of this unit starts at s * slot_stride */
    long slot_stride;
    int n_slots, first_slot, n_steps;
    REAL *trace;               /* NULL or (n_steps, N_TRACES, LANES) */
    int n_spikes;              /* out, with the three lists, ordered by step then lane */
    int32_t *spike_lane, *spike_step;
    REAL *spike_fraction;      /* of the step, at which the threshold was crossed */
} unit_block;

/* Above this x = dt * g / C the polynomial phi is not accurate enough. */
#define LARGE_X ((REAL)0.5)
/* Above this y the logarithm's polynomial is not accurate enough. */
#define LARGE_Y ((REAL)0.2)

/* phi(x) = (1 - exp(-x)) / x */
static inline REAL phi_polynomial(REAL x) {
    return (REAL)1 + x * ((REAL)(-1.0 / 2) + x * ((REAL)(1.0 / 6)
         + x * ((REAL)(-1.0 / 24) + x * (REAL)(1.0 / 120))));
}

static inline double phi_exact(double x) {
    return fabs(x) < 1e-5 ? 1.0 - x / 2 : -expm1(-x) / x;
}

static inline REAL exp_single(REAL z) {
    /* exp(z) = 2^n exp(r), |r| <= ln(2)/2; the integer is read off the mantissa of a shifted sum */
    const float magic = 12582912.0f; /* 1.5 * 2^23 */
    float shifted = (float)z * 1.44269504088896341f + magic;
    int32_t bits;
    float n = shifted - magic;
    float r = (float)z - n * 0.693359375f + n * 2.12194440e-4f;
    float p = 1.0f + r * (1.0f + r * (0.5f + r * (1.6666667e-1f + r * (4.1666668e-2f
            + r * (8.3333333e-3f + r * 1.3888889e-3f)))));
    float power;
    memcpy(&bits, &shifted, 4);
    bits = (bits - 0x4B400000 + 127) << 23;
    memcpy(&power, &bits, 4);
    return (REAL)(p * power);
}

static inline REAL exp_double(REAL z) {
    const double magic = 6755399441055744.0; /* 1.5 * 2^52 */
    double shifted = (double)z * 1.4426950408889634074 + magic;
    int64_t bits;
    double n = shifted - magic;
    double r = (double)z - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10;
    double p = 1.0 / 39916800;
    double power;
    p = 1.0 / 3628800 + r * p;
    p = 1.0 / 362880 + r * p;
    p = 1.0 / 40320 + r * p;
    p = 1.0 / 5040 + r * p;
    p = 1.0 / 720 + r * p;
    p = 1.0 / 120 + r * p;
    p = 1.0 / 24 + r * p;
    p = 1.0 / 6 + r * p;
    p = 1.0 / 2 + r * p;
    p = 1.0 + r * p;
    p = 1.0 + r * p;
    memcpy(&bits, &shifted, 8);
    bits = (bits - 0x4338000000000000LL + 1023) << 52;
    memcpy(&power, &bits, 8);
    return (REAL)(p * power);
}

static inline REAL exp_polynomial(REAL z) {
    return sizeof(REAL) == 4 ? exp_single(z) : exp_double(z);
}

/* ln(1 - y) for 0 <= y <= LARGE_Y */
static inline REAL log_polynomial(REAL y) {
    return -y * ((REAL)1 + y * ((REAL)(1.0 / 2) + y * ((REAL)(1.0 / 3) + y * ((REAL)(1.0 / 4)
         + y * ((REAL)(1.0 / 5) + y * ((REAL)(1.0 / 6) + y * ((REAL)(1.0 / 7)
         + y * (REAL)(1.0 / 8))))))));
}

/* Part of the active time `active` (in steps) after which v has moved from v0 to `goal`, with the
 * drive and the conductance of the step: a linear guess and one Newton step. */
static inline double crossing(double v0, double v1, double goal, double drive, double x,
                              double active) {
    double part = v1 > v0 ? (goal - v0) / (v1 - v0) : 1.0;
    double slope = (drive - x * goal) * active;
    if (slope > 0) {
        double at_guess = v0 + (drive - x * v0) * active * part * phi_exact(x * active * part);
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

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)

#define ISA baseline
#define TARGET
#include "vector_step_body.h"
#undef ISA
#undef TARGET

#if defined(__x86_64__) && defined(__GNUC__)
#define ISA avx2
#define TARGET __attribute__((target("avx2")))
#include "vector_step_body.h"
#undef ISA
#undef TARGET

#define ISA avx512
#if defined(__clang__)
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#else
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,prefer-vector-width=512")))
#endif
#include "vector_step_body.h"
#undef ISA
#undef TARGET
#endif

typedef void (*advance_function)(unit_block *);

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

static advance_function select_advance(int adex, int level) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (level == 2) return adex ? adex_advance_avx512 : lif_advance_avx512;
    if (level == 1) return adex ? adex_advance_avx2 : lif_advance_avx2;
#endif
    return adex ? adex_advance_baseline : lif_advance_baseline;
}

/* Wait for the other threads of the parallel region; does nothing without OpenMP. */
static inline void team_barrier(void) {
#ifdef _OPENMP
#pragma omp barrier
#endif
}

#endif
