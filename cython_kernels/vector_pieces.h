/* What the steps of the models are made of; see vector_step.h. No include guard: this file is
 * compiled once for each instruction set. */

#include "vector_types.h"

#define PIECE TARGET static inline __attribute__((always_inline))
/* Two vectors advance together, so that the latency of one hides behind the other. */
#define GROUP (2 * WIDTH)
#define BOTH(k) for (int k = 0; k < 2; k++)

#define relax PASTE(relax, ISA)
#define phi PASTE(phi, ISA)
#define exp2_ PASTE(exp2, ISA)
#define blow_up PASTE(blow_up, ISA)
#define active_part PASTE(active_part, ISA)
#define decaying PASTE(decaying, ISA)
#define alpha_shaped PASTE(alpha_shaped, ISA)
#define saturated PASTE(saturated, ISA)
#define parameter PASTE(parameter, ISA)

/* A parameter of vector k of the group. With `shared`, a constant at compile time, all lanes have
 * the same parameters and the table is a single column. */
PIECE VEC parameter(const REAL *p, int row, int k, const int shared) {
    if (shared) return EVERY(p[row]);
    return LOAD(p + row * LANES + k * WIDTH);
}

/* A conductance counts up to this x = dt g / C: beyond, the membrane is where it goes to, to
 * exp(-17), before the step is over. The leak is kept below 12 (`bounded_leak` in
 * neuron_models/integration.py), so that phi() is stable. */
#define LARGEST_X 17

/* phi(x) = (1 - exp(-x)) / x for x from 0 to 46, without a branch or a division: a polynomial at
 * y = x / 2^n, then n times phi(2y) = phi(y) (1 + exp(-y)) / 2, where exp(-y) = 1 - y phi(y) is
 * squared each time. As x phi(x) telescopes to 1 - (1 - y phi(y))^(2^n), errors of the polynomial
 * fade where x is large. In single precision p is phi / 8 at first, and its coefficients minimise
 * the largest relative error of the result up to x = 10: 4e-7 with rounding up to x = 20, 1e-4
 * beyond. In double precision the error of the scheme is below 1e-13. */
PIECE VEC phi(VEC x) {
#if REAL_IS_FLOAT
    VEC x2 = x * x;
    VEC a = FMA(x, EVERY(-0.499992207 / 64), EVERY(1.0 / 8));
    VEC b = FMA(x, EVERY(-0.0410368214 / 4096), EVERY(0.166535618 / 512));
    VEC c = FMA(x, EVERY(-0.000566423246 / 262144), EVERY(0.00718078259 / 32768));
    VEC p = FMA(x2, FMA(x2, c, b), a);
    VEC e = FNMA(x, p, ONE);
    p = FMA(e, p, p);
    e = e * e;
    p = FMA(e, p, p);
    e = e * e;
    p = FMA(e, p, p);
#else
    VEC half = x * EVERY(1.0 / 256), y = x * EVERY(1.0 / 128), p;
    p = FNMA(y, EVERY(1.0 / 720), EVERY(1.0 / 120));
    p = FNMA(y, p, EVERY(1.0 / 24));
    p = FNMA(y, p, EVERY(1.0 / 6));
    p = FNMA(y, p, EVERY(1.0 / 2));
    p = FNMA(y, p, ONE);
    for (int n = 0; n < 7; n++) {
        p = p * FNMA(half, p, ONE);
        half = half + half;
    }
#endif
    return p;
}

/* Where a membrane goes from v0 in the part `active` of a step: dv/ds = drive - x v. */
PIECE VEC relax(VEC v0, VEC drive, VEC x, VEC active) {
    return FMA(FNMA(x, v0, drive), active * phi(x * active), v0);
}

/* The part of the step that is left of it after the refractory period, which counts down. */
PIECE VEC active_part(VEC *refractory) {
    VEC rest = *refractory - ONE;
    *refractory = LARGER(rest, ZERO);
    return *refractory - rest;
}

/* The mean over the step of an input that decays exponentially, times `gain`. */
PIECE VEC decaying(VEC *g, VEC event, VEC gain, VEC decay) {
    VEC now = *g + event;
    *g = now * decay;
    return gain * now;
}

/* The same of an input of the shape of an alpha function, g(t) = (t / tau) exp(1 - t / tau). */
PIECE VEC alpha_shaped(VEC *g, VEC *rise, VEC event, VEC gain, VEC rise_gain, VEC transfer,
                       VEC decay) {
    VEC rising = *rise + event, now = *g;
    *g = FMA(transfer, rising, now) * decay;
    *rise = rising * decay;
    return FMA(rise_gain, rising, gain * now);
}

/* What an input makes of x: the characteristic of a differential pair of transistors in strong
 * inversion, x sqrt(1 - (x / limit)^2 / 4) up to sqrt(2) limit, and the limit beyond.
 * `inverse_limit` is 1 / (2 limit). */
PIECE VEC saturated(VEC x, VEC limit, VEC inverse_limit) {
    const VEC end = EVERY(0.70710678118654752440);
    VEC z = LARGER(SMALLER(x * inverse_limit, end), ZERO - end);
    return (limit + limit) * z * ROOT(FNMA(z, z, ONE));
}

/* 2^z, as if z were not below -100 and not above 10: 2^(z - n), n the nearest integer, is a
 * polynomial (relative error 3e-6, as much as z has from rounding, or 1e-16 in double precision). */
PIECE VEC exp2_(VEC z) {
    SPLIT_EXPONENT(z, n);
    VEC r = z - n;
#if REAL_IS_FLOAT
    VEC r2 = r * r;
    VEC low = FMA(r, EVERY(0.69312419), ONE);
    VEC high = FMA(r, EVERY(0.05590642), EVERY(0.24024099));
    VEC e = FMA(r2, FMA(r2, EVERY(0.00958285), high), low);
#else
    static const double c[] = {
        0.693147180559945309, 0.240226506959100712, 0.055504108664821627, 0.00961812910762847949,
        0.00133335581464064707, 0.000154035303933707334, 0.0000152527338415567726,
        1.32154868087055628e-6, 1.01780570877339411e-7, 7.05489730415549928e-9,
        4.45581790833606449e-10, 2.57293241773623042e-11,
    };
    VEC e = EVERY(c[11]);
    for (int i = 10; i >= 0; i--) e = FMA(r, e, EVERY(c[i]));
    e = FMA(r, e, ONE);
#endif
    return TIMES_POWER(e, n);
}

/* Up to this y blow_up() is accurate: in single precision its relative error is 2e-6 up to y = 0.05,
 * where a membrane spends its time, and 1.5e-5 on the last step before a spike; 1e-14 in double. */
#define LARGE_Y 0.5

/* -ln(1 - y) / y */
PIECE VEC blow_up(VEC y) {
#if REAL_IS_FLOAT
    VEC y2 = y * y, y4 = y2 * y2;
    VEC a = FMA(y, EVERY(0.5001959), ONE);
    VEC b = FMA(y, EVERY(0.32974338), EVERY(0.32597544));
    VEC c = FMA(y, EVERY(0.69998314), EVERY(-0.13457678));
    return FMA(y4, c, FMA(y2, b, a));
#else
    static const double c[] = {
        0.500000000000007556, 0.333333333324605598, 0.250000001668725965, 0.199999874143876218,
        0.166671644061314536, 0.142738207875614984, 0.126865166210130841, 0.0908905471871012044,
        0.256668618117651509, -0.794397555729545895, 3.76846440614316117, -11.2262142495843527,
        25.3519830402638069, -40.1400129779738471, 43.3326099223172058, -28.4102779465674929,
        8.85939010599886727,
    };
    VEC p = EVERY(c[16]);
    for (int i = 15; i >= 0; i--) p = FMA(y, p, EVERY(c[i]));
    return FMA(y, p, ONE);
#endif
}

#include "receptors.h"
