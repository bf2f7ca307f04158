/* Hodgkin-Huxley neuron of Traub and Miles (1991), conductances that decay exponentially.
 *
 * With the gates held, the membrane relaxes exponentially; with the membrane held, each gate does.
 * Both in turn (half a piece membrane, gates, half a piece membrane) make a scheme of second order
 * that is stable for any conductance. It is symmetric, so going through the step twice, in COARSE
 * and in twice as many pieces, and extrapolating, (4 fine - coarse) / 3, makes it one of fourth
 * order. A spike is registered at the peak of the membrane, where the cubic through both ends of
 * the step, with their slopes, has it. */
#include "synaptic_inputs.h"

#define MODEL hh_cond_exp
#define INPUTS 2
#define SATURATES 0
/* All for the shortest time that the membrane moves by, dt / QUARKS: leak, sodium,
 * potassium: the largest conductances times that over C; drive: of the leak and of currents, mV;
 * gain and decay of the inputs; time: it, ms; offset: v_offset, mV; level: above which a peak is a spike, mV; silence:
 * steps after a spike in which another peak is none. */
#define PARAMETERS(X) \
    X(leak) X(drive) X(sodium) X(potassium) X(reversal_na) X(reversal_k) \
    X(time) X(offset) X(level) X(silence) EXPONENTIAL_PARAMETERS(X) REVERSAL_PARAMETERS(X)
/* slope: of the membrane at the end of the step before, mV a QUARK of a step */
#define STATES(X) X(v) X(m) X(h) X(n) EXPONENTIAL_STATES(X) X(slope) X(silent)
#define OF_THE_STEP(X) X(v0) X(slope0)
#include "model_names.h"

#ifndef LEVEL
#define HH_COARSE 4
#define HH_QUARKS (4 * HH_COARSE)
/* Potentials for which the rates are computed, mV from the offset: beyond, the gates are open or
 * closed all the same. */
#define HH_LOWEST (-100)
#define HH_HIGHEST 150
#endif

#ifdef LEVEL
#define hh_state PASTE(hh_state, ISA)
#define hh_linoid PASTE(hh_linoid, ISA)
#define hh_pull PASTE(hh_pull, ISA)
#define hh_membrane PASTE(hh_membrane, ISA)
#define hh_gates PASTE(hh_gates, ISA)
#define hh_through PASTE(hh_through, ISA)
#define OF_LANES const REAL *p, const int k, const int shared
#define LANES_OF p, k, shared

typedef struct {
    VEC v, m, h, n, exc, inh;
} hh_state;

/* r / (exp(r) - 1) = 1 / phi(|r|), less r where r is positive. */
PIECE VEC hh_linoid(VEC r) {
    VEC positive = LARGER(r, ZERO);
    return ONE / phi(positive + LARGER(ZERO - r, ZERO)) - positive;
}

/* What pulls the membrane for `quarks` of a step, dv = drive - x v; the inputs decay by that. */
PIECE void hh_pull(hh_state *y, int quarks, VEC *x, VEC *drive, OF_LANES) {
    const VEC time = EVERY(quarks);
    VEC n2 = y->n * y->n, exc = ZERO, inh = ZERO, factor;
    VEC sodium = time * P(sodium) * (y->m * y->m) * (y->m * y->h);
    VEC potassium = time * P(potassium) * (n2 * n2);
    for (int i = 0; i < quarks; i++) {
        exc = exc + decaying(&y->exc, ZERO, P(gain_exc), P(decay_exc));
        inh = inh + decaying(&y->inh, ZERO, P(gain_inh), P(decay_inh));
    }
    exc = SMALLER(EVERY(LARGEST_X), exc);
    inh = SMALLER(EVERY(LARGEST_X), inh);
    *x = FMA(time, P(leak), sodium + potassium) + (exc + inh);
    *drive = FMA(sodium, P(reversal_na), FMA(potassium, P(reversal_k), time * P(drive)));
    *drive = FMA(inh, P(reversal_inh), FMA(exc, P(reversal_exc), *drive));
    factor = EVERY(LARGEST_SUM) / LARGER(*x, EVERY(LARGEST_SUM));
    *x = *x * factor;
    *drive = *drive * factor;
}

PIECE void hh_membrane(hh_state *y, int quarks, OF_LANES) {
    VEC x, drive;
    hh_pull(y, quarks, &x, &drive, LANES_OF);
    y->v = relax(y->v, drive, x, ONE);
}

/* The rates are those of Traub and Miles, with v from the offset on, in mV and 1 / ms. */
PIECE void hh_gates(hh_state *y, int quarks, OF_LANES) {
    const VEC time = EVERY(quarks) * P(time), per_e = EVERY(1.44269504088896340736);
    VEC v = LARGER(SMALLER(y->v - P(offset), EVERY(HH_HIGHEST)), EVERY(HH_LOWEST));
    VEC rise_m = time * EVERY(0.32 * 4) * hh_linoid((EVERY(13) - v) * EVERY(1.0 / 4));
    VEC fall_m = time * EVERY(0.28 * 5) * hh_linoid((v - EVERY(40)) * EVERY(1.0 / 5));
    VEC rise_h = time * EVERY(0.128) * exp2_((EVERY(17) - v) * (per_e * EVERY(1.0 / 18)));
    VEC root = exp2_((EVERY(40) - v) * (per_e * EVERY(1.0 / 20))), square = root * root;
    VEC fall_h = time * EVERY(4) / FMA(square, square, ONE);
    VEC rise_n = time * EVERY(0.032 * 5) * hh_linoid((EVERY(15) - v) * EVERY(1.0 / 5));
    VEC fall_n = time * EVERY(0.5) * exp2_((EVERY(10) - v) * (per_e * EVERY(1.0 / 40)));
    y->m = relax(y->m, rise_m, rise_m + fall_m, ONE);
    y->h = relax(y->h, rise_h, rise_h + fall_h, ONE);
    y->n = relax(y->n, rise_n, rise_n + fall_n, ONE);
}

/* Through the whole step in so many pieces. */
PIECE void hh_through(hh_state *y, const int pieces, OF_LANES) {
    const int quarks = HH_QUARKS / pieces;
    hh_membrane(y, quarks / 2, LANES_OF);
    for (int i = 1; i < pieces; i++) {
        hh_gates(y, quarks, LANES_OF);
        hh_membrane(y, quarks, LANES_OF);
    }
    hh_gates(y, quarks, LANES_OF);
    hh_membrane(y, quarks / 2, LANES_OF);
}

#define EXTRAPOLATED(of) FMA(EVERY(1.0 / 3), fine.of - coarse.of, fine.of)
#define GATE(of) LARGER(SMALLER(EXTRAPOLATED(of), ONE), ZERO)
DEFINE_STEP {
    hh_state fine = {S(v), S(m), S(h), S(n), S(gsyn_exc) + event[0], S(gsyn_inh) + event[1]};
    hh_state coarse = fine;
    VEC x, drive;
    MASK peaks;
    hh_through(&fine, 2 * HH_COARSE, LANES_OF);
    hh_through(&coarse, HH_COARSE, LANES_OF);
    T(v0) = S(v);
    T(slope0) = S(slope);
    fine.v = S(v) = EXTRAPOLATED(v);
    fine.m = S(m) = GATE(m);
    fine.h = S(h) = GATE(h);
    fine.n = S(n) = GATE(n);
    S(gsyn_exc) = fine.exc;
    S(gsyn_inh) = fine.inh;
    hh_pull(&fine, 1, &x, &drive, LANES_OF);
    S(slope) = FNMA(x, S(v), drive);
    S(silent) = LARGER(S(silent) - ONE, ZERO);
    /* The membrane has turned, above the level: T(slope0) > 0 >= S(slope), and not silent. */
    x = SMALLER(SMALLER(T(slope0), LARGER(T(v0), S(v)) - P(level)), ONE - S(silent));
    peaks = ABOVE(CHOOSE(ABOVE(S(slope), ZERO), ZERO, x), ZERO);
    return peaks;
}
#undef EXTRAPOLATED
#undef GATE

DEFINE_FIRE {
    /* The slope of the cubic, (3 a part + 2 b) part + slope0, falls through 0. */
    double slope0 = HH_QUARKS * LANE_T(slope0), slope1 = HH_QUARKS * LANE_S(slope);
    double rise = LANE_S(v) - LANE_T(v0);
    double a = slope0 + slope1 - 2 * rise, b = 3 * rise - 2 * slope0 - slope1;
    double low = 0, high = 1;
    REAL silent;
    for (int i = 0; i < 12; i++) {
        double part = 0.5 * (low + high);
        if ((3 * a * part + 2 * b) * part + slope0 > 0) low = part;
        else high = part;
    }
    register_spike(block, lane, step, high, LANE_P(silence), &silent);
    LANE_S(silent) = silent;
}

#undef hh_state
#undef hh_linoid
#undef hh_pull
#undef hh_membrane
#undef hh_gates
#undef hh_through
#undef OF_LANES
#undef LANES_OF
#endif

#include "model_advance.h"
