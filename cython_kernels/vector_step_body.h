/* Advance one unit by the steps of a block; see vector_step.h. No include guard: this file is
 * compiled once for each ISA. Two vectors advance together through all steps of the block with
 * their state in registers, so that the latency of one hides behind the other. The step holds no
 * branch but one: lanes that cross the threshold or leave the range of a polynomial are done
 * again, one by one. */

#define VEC PASTE(vec, ISA)
#define MASK PASTE(mask, ISA)
#define WIDTH (VECTOR_BYTES / (int)sizeof(REAL))
#define GROUP (2 * WIDTH)
#define BOTH(k) for (int k = 0; k < 2; k++)
/* A parameter of vector k of the group, or of one of its lanes. With `shared`, a constant at
 * compile time, all lanes have the same parameters and the table is a single column. */
#define PARAMETER(row, k) PASTE(parameter, ISA)(p, row, k, shared)
#define LANE_PARAMETER(row, i) p[shared ? (row) : (row) * LANES + (i)]
#define CELL(table, k) (*(VEC *)((table) + (k) * WIDTH))
/* a where the mask is set, else 0; a where the mask is set, else b */
#define WHERE(mask, a) ((VEC)((mask) & (MASK)(a)))
#define CHOOSE(mask, a, b) ((VEC)(((mask) & (MASK)(a)) | (~(mask) & (MASK)(b))))

typedef REAL VEC __attribute__((vector_size(VECTOR_BYTES), may_alias, aligned(sizeof(REAL))));
typedef INTEGER MASK __attribute__((vector_size(VECTOR_BYTES), may_alias, aligned(sizeof(REAL))));

TARGET static inline __attribute__((always_inline)) VEC PASTE(parameter, ISA)(
        const REAL *p, int row, int k, const int shared) {
    const VEC zero = {0};
    if (shared) return p[row] - zero; /* p - 0 is p, to the bit and also for -0 */
    return *(const VEC *)(p + row * LANES + k * WIDTH);
}

/* phi(x) = (1 - exp(-x)) / x for 0 <= x <= LARGE_X */
#define PHI(x) ((REAL)1 + (x) * ((REAL)(-1.0 / 2) + (x) * ((REAL)(1.0 / 6) \
                + (x) * (REAL)(-1.0 / 24))))

/* ln(1 - y) for 0 <= y <= LARGE_Y */
#define LOG(y) (-(y) * ((REAL)1 + (y) * ((REAL)(1.0 / 2) + (y) * ((REAL)(1.0 / 3) \
                + (y) * ((REAL)(1.0 / 4) + (y) * ((REAL)(1.0 / 5) + (y) * ((REAL)(1.0 / 6) \
                + (y) * ((REAL)(1.0 / 7) + (y) * (REAL)(1.0 / 8)))))))))

TARGET static inline __attribute__((always_inline)) VEC PASTE(exponential, ISA)(VEC z) {
    /* exp(z) = 2^n exp(r), |r| <= ln(2)/2; n is read off the mantissa of a shifted sum */
#if REAL_IS_FLOAT
    const REAL magic = 12582912.0f; /* 1.5 * 2^23 */
    VEC shifted = z * (REAL)1.44269504088896341f + magic;
    VEC n = shifted - magic;
    VEC r = z - n * (REAL)0.693359375f + n * (REAL)2.12194440e-4f;
    VEC e = (REAL)1 + r * ((REAL)1 + r * ((REAL)(1.0 / 2) + r * ((REAL)(1.0 / 6)
          + r * ((REAL)(1.0 / 24) + r * ((REAL)(1.0 / 120) + r * (REAL)(1.0 / 720))))));
    MASK power = ((MASK)shifted - 0x4B400000 + 127) << 23;
#else
    const REAL magic = 6755399441055744.0; /* 1.5 * 2^52 */
    VEC shifted = z * 1.4426950408889634074 + magic;
    VEC n = shifted - magic;
    VEC r = z - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10;
    VEC e = 1.0 / 3628800 + r * (1.0 / 39916800);
    e = 1.0 / 362880 + r * e;
    e = 1.0 / 40320 + r * e;
    e = 1.0 / 5040 + r * e;
    e = 1.0 / 720 + r * e;
    e = 1.0 / 120 + r * e;
    e = 1.0 / 24 + r * e;
    e = 1.0 / 6 + r * e;
    e = 1.0 / 2 + r * e;
    e = 1.0 + r * (1.0 + r * e);
    MASK power = ((MASK)shifted - 0x4338000000000000LL + 1023) << 52;
#endif
    return e * (VEC)power;
}

/* What an input makes of x: the characteristic of a differential pair of transistors in strong
 * inversion, x sqrt(1 - (x / limit)^2 / 4) up to sqrt(2) limit, and the limit beyond. */
TARGET static inline __attribute__((always_inline)) VEC PASTE(saturated, ISA)(
        VEC x, VEC limit, VEC inverse_limit) {
    VEC z = x * inverse_limit, root;
    z = CHOOSE(z < SATURATED_HALF, z, z - z + SATURATED_HALF);
    z = CHOOSE(z > -SATURATED_HALF, z, z - z - SATURATED_HALF);
    root = (REAL)1 - z * z;
    for (int i = 0; i < WIDTH; i++) root[i] = ROOT(root[i]); /* one vector instruction */
    return (limit + limit) * z * root;
}

#define SATURATE(exc, inh, k) do { \
    const VEC limit = PARAMETER(P_INPUT_LIMIT, k), inverse = PARAMETER(P_INVERSE_LIMIT, k); \
    exc = PASTE(saturated, ISA)(exc, limit, inverse); \
    inh = PASTE(saturated, ISA)(inh, limit, inverse); \
} while (0)

/* What the scalar code needs of the lanes that are done again. */
typedef struct {
    REAL v0[GROUP], v[GROUP], linear[GROUP], w0[GROUP], w[GROUP];
    REAL drive[GROUP], x[GROUP], active[GROUP], refractory[GROUP];
    INTEGER again[GROUP];
} PASTE(lanes, ISA);

#define LANES_T PASTE(lanes, ISA)
#define SAVE(member, vector) BOTH(k) *(VEC *)(again.member + k * WIDTH) = vector[k]
#define RESTORE(member, vector) BOTH(k) vector[k] = *(VEC *)(again.member + k * WIDTH)

/* The step function `name` through all lanes of a unit; whether its inputs saturate and whether
 * its lanes share parameters are constants in each of its loops. */
#define ADVANCE(name, group, saturating) \
TARGET static void PASTE(name, ISA)(unit_block *block) { \
    block->n_spikes = 0; \
    if (block->shared) \
        for (int lane = 0; lane < LANES; lane += GROUP) \
            PASTE(group, ISA)(block, lane, 1, saturating); \
    else \
        for (int lane = 0; lane < LANES; lane += GROUP) \
            PASTE(group, ISA)(block, lane, 0, saturating); \
}

static __attribute__((noinline)) void PASTE(lif_again, ISA)(
        unit_block *block, LANES_T *lanes, const REAL *p, int first_lane, int step, int shared) {
    for (int i = 0; i < GROUP; i++) {
        if (!lanes->again[i]) continue;
        double v0 = lanes->v0[i], drive = lanes->drive[i], x = lanes->x[i];
        double active = lanes->active[i], threshold = LANE_PARAMETER(P_THRESHOLD, i);
        if (x * active > LARGE_X)
            lanes->v[i] = (REAL)(v0 + (drive - x * v0) * active * phi_exact(x * active));
        /* A membrane that is held at a reset above the threshold waits for its refractory period. */
        if (lanes->v[i] >= threshold && active > 0) {
            double part = crossing(v0, lanes->v[i], threshold, drive, x, active);
            register_spike(block, first_lane + i, step, 1.0 - active + active * part,
                           LANE_PARAMETER(P_REFRACTORY, i), &lanes->refractory[i]);
            lanes->v[i] = LANE_PARAMETER(P_RESET, i);
        }
    }
}

TARGET static inline __attribute__((always_inline)) void PASTE(lif_group, ISA)(
        unit_block *block, int first_lane, const int shared, const int saturating) {
    const REAL *p = block->parameters + (shared ? 0 : first_lane);
    REAL *s = block->state + first_lane;
    VEC v[2], refractory[2], g_exc[2], g_inh[2];
    VEC v0[2], drive[2], x[2], active[2];
    MASK special[2];
    LANES_T again;
    int slot = block->first_slot;
    BOTH(k) {
        v[k] = CELL(s + S_V * LANES, k);
        refractory[k] = CELL(s + S_REFRACTORY * LANES, k);
        g_exc[k] = CELL(s + S_G_EXC * LANES, k);
        g_inh[k] = CELL(s + S_G_INH * LANES, k);
    }
    for (int step = 0; step < block->n_steps; step++) {
        REAL *in_exc = block->ring_exc + slot * block->slot_stride + first_lane;
        REAL *in_inh = block->ring_inh + slot * block->slot_stride + first_lane;
        if (block->trace) {
            REAL *trace = block->trace + (long)step * N_TRACES * LANES + first_lane;
            BOTH(k) {
                CELL(trace + T_V * LANES, k) = v[k];
                CELL(trace + T_W * LANES, k) = v[k] - v[k];
                CELL(trace + T_G_EXC * LANES, k) = g_exc[k];
                CELL(trace + T_G_INH * LANES, k) = g_inh[k];
            }
        }
        BOTH(k) {
            VEC exc = g_exc[k] + CELL(in_exc, k);
            VEC inh = g_inh[k] + CELL(in_inh, k);
            VEC x_exc = PARAMETER(P_GAIN_E, k) * exc;
            VEC x_inh = PARAMETER(P_GAIN_I, k) * inh;
            VEC x_on, rest = refractory[k] - (REAL)1;
            if (saturating) SATURATE(x_exc, x_inh, k);
            x[k] = PARAMETER(P_LEAK, k) + PARAMETER(P_CONDUCTANCE, k) * (x_exc + x_inh);
            drive[k] = PARAMETER(P_DRIVE, k) + x_exc * PARAMETER(P_REVERSAL_E, k)
                     + x_inh * PARAMETER(P_REVERSAL_I, k);
            active[k] = WHERE(rest < 0, -rest);
            x_on = x[k] * active[k];
            v0[k] = v[k];
            v[k] = v0[k] + (drive[k] - x[k] * v0[k]) * active[k] * PHI(x_on);
            refractory[k] = WHERE(rest > 0, rest);
            CELL(in_exc, k) = exc - exc;
            CELL(in_inh, k) = inh - inh;
            g_exc[k] = exc * PARAMETER(P_DECAY_E, k);
            g_inh[k] = inh * PARAMETER(P_DECAY_I, k);
            special[k] = (v[k] >= PARAMETER(P_THRESHOLD, k)) | (x_on > LARGE_X);
        }
        if (ANY(special[0] | special[1])) {
            SAVE(v0, v0);
            SAVE(v, v);
            SAVE(drive, drive);
            SAVE(x, x);
            SAVE(active, active);
            SAVE(refractory, refractory);
            BOTH(k) *(MASK *)(again.again + k * WIDTH) = special[k];
            PASTE(lif_again, ISA)(block, &again, p, first_lane, step, shared);
            RESTORE(v, v);
            RESTORE(refractory, refractory);
        }
        if (++slot == block->n_slots) slot = 0;
    }
    BOTH(k) {
        CELL(s + S_V * LANES, k) = v[k];
        CELL(s + S_REFRACTORY * LANES, k) = refractory[k];
        CELL(s + S_G_EXC * LANES, k) = g_exc[k];
        CELL(s + S_G_INH * LANES, k) = g_inh[k];
    }
}

ADVANCE(lif_advance, lif_group, 0)
ADVANCE(lif_saturating_advance, lif_group, 1)

static __attribute__((noinline)) void PASTE(adex_again, ISA)(
        unit_block *block, LANES_T *lanes, const REAL *p, int first_lane, int step, int shared) {
    for (int i = 0; i < GROUP; i++) {
        if (!lanes->again[i]) continue;
        double v0 = lanes->v0[i], drive = lanes->drive[i], x = lanes->x[i], w = lanes->w0[i];
        double active = lanes->active[i], linear = lanes->linear[i], end = lanes->v[i];
        double spike_v = LANE_PARAMETER(P_THRESHOLD, i), slope = LANE_PARAMETER(P_SLOPE, i);
        double exp_v = LANE_PARAMETER(P_EXP_THRESHOLD, i);
        double inverse_slope = LANE_PARAMETER(P_INVERSE_SLOPE, i);
        double leak = LANE_PARAMETER(P_EXP_LEAK, i) * active;
        double part = 2.0, lag = 0.0, jump = 0.0, mean;
        if (x * active > LARGE_X)
            linear = v0 + (drive - x * v0) * active * phi_exact(x * active);
        double z = (linear - exp_v) * inverse_slope;
        double y = leak * exp(z > 500 ? 500 : z);
        if (active <= 0) {
            end = linear;
        } else if (linear >= spike_v) {
            part = crossing(v0, linear, spike_v, drive, x, active);
        } else if (y > 1e-6) {
            double u = exp(-z), u_spike = exp(-(spike_v - exp_v) * inverse_slope);
            lag = 0.5;
            if (u - leak <= u_spike) part = (u - u_spike) / leak;
            else end = linear - slope * log1p(-y);
        } else {
            end = linear;
        }
        if (part > 1 && (end < spike_v || active <= 0)) {
            mean = 0.5 * (v0 + end);
            lanes->v[i] = (REAL)end;
        } else {
            double fraction = 1.0 - active + active * (part > 1 ? 1 : part) + lag;
            register_spike(block, first_lane + i, step, fraction,
                           LANE_PARAMETER(P_REFRACTORY, i), &lanes->refractory[i]);
            lanes->v[i] = LANE_PARAMETER(P_RESET, i);
            mean = 0.5 * fraction * (v0 + spike_v) + (1.0 - fraction) * lanes->v[i];
            jump = LANE_PARAMETER(P_ADAPT_JUMP, i)
                 * (1.0 - LANE_PARAMETER(P_ADAPT_RATE, i) * (1.0 - fraction));
        }
        lanes->w[i] = (REAL)(w + LANE_PARAMETER(P_ADAPT_GAIN, i) * (mean - LANE_PARAMETER(P_REST, i))
                             - LANE_PARAMETER(P_ADAPT_RATE, i) * w + jump);
    }
}

/* The linear part is integrated as above; then the exponential current alone, in closed form:
 * u = exp(-(v - v_T) / delta_T) falls at the constant rate dt / tau_m. Of the symmetric splitting
 * (half exponential, linear, half exponential) two half steps are taken together, so the state
 * holds the exponential part of half a step ahead, and a spike in it comes half a step later. */
TARGET static inline __attribute__((always_inline)) void PASTE(adex_group, ISA)(
        unit_block *block, int first_lane, const int shared, const int saturating) {
    const REAL *p = block->parameters + (shared ? 0 : first_lane);
    REAL *s = block->state + first_lane;
    VEC v[2], refractory[2], g_exc[2], g_inh[2], w[2];
    VEC v0[2], w0[2], linear[2], drive[2], x[2], active[2];
    MASK special[2];
    LANES_T again;
    int slot = block->first_slot;
    BOTH(k) {
        v[k] = CELL(s + S_V * LANES, k);
        refractory[k] = CELL(s + S_REFRACTORY * LANES, k);
        g_exc[k] = CELL(s + S_G_EXC * LANES, k);
        g_inh[k] = CELL(s + S_G_INH * LANES, k);
        w[k] = CELL(s + S_W * LANES, k);
    }
    for (int step = 0; step < block->n_steps; step++) {
        REAL *in_exc = block->ring_exc + slot * block->slot_stride + first_lane;
        REAL *in_inh = block->ring_inh + slot * block->slot_stride + first_lane;
        if (block->trace) {
            REAL *trace = block->trace + (long)step * N_TRACES * LANES + first_lane;
            BOTH(k) {
                CELL(trace + T_V * LANES, k) = v[k];
                CELL(trace + T_W * LANES, k) = w[k];
                CELL(trace + T_G_EXC * LANES, k) = g_exc[k];
                CELL(trace + T_G_INH * LANES, k) = g_inh[k];
            }
        }
        BOTH(k) {
            VEC exc = g_exc[k] + CELL(in_exc, k);
            VEC inh = g_inh[k] + CELL(in_inh, k);
            VEC x_exc = PARAMETER(P_GAIN_E, k) * exc;
            VEC x_inh = PARAMETER(P_GAIN_I, k) * inh;
            VEC adapt_step = PARAMETER(P_ADAPT_GAIN, k) * (v[k] - PARAMETER(P_REST, k))
                           - PARAMETER(P_ADAPT_RATE, k) * w[k];
            VEC x_on, z, y, rest = refractory[k] - (REAL)1;
            MASK large;
            if (saturating) SATURATE(x_exc, x_inh, k);
            x[k] = PARAMETER(P_LEAK, k) + PARAMETER(P_CONDUCTANCE, k) * (x_exc + x_inh);
            drive[k] = PARAMETER(P_DRIVE, k) + x_exc * PARAMETER(P_REVERSAL_E, k)
                     + x_inh * PARAMETER(P_REVERSAL_I, k)
                     - PARAMETER(P_ADAPT_DRIVE, k) * (w[k] + (REAL)0.5 * adapt_step);
            active[k] = WHERE(rest < 0, -rest);
            x_on = x[k] * active[k];
            v0[k] = v[k];
            w0[k] = w[k];
            linear[k] = v0[k] + (drive[k] - x[k] * v0[k]) * active[k] * PHI(x_on);
            z = (linear[k] - PARAMETER(P_EXP_THRESHOLD, k)) * PARAMETER(P_INVERSE_SLOPE, k);
            z = CHOOSE(z < 20, z, z - z + (REAL)20);
            z = CHOOSE(z > -80, z, z - z - (REAL)80);
            y = PARAMETER(P_EXP_LEAK, k) * active[k] * PASTE(exponential, ISA)(z);
            large = (y > LARGE_Y) | (x_on > LARGE_X);
            y = WHERE(y < LARGE_Y, y);
            v[k] = linear[k] - PARAMETER(P_SLOPE, k) * LOG(y);
            w[k] = w0[k] + PARAMETER(P_ADAPT_GAIN, k)
                 * ((REAL)0.5 * (v0[k] + v[k]) - PARAMETER(P_REST, k))
                 - PARAMETER(P_ADAPT_RATE, k) * w0[k];
            refractory[k] = WHERE(rest > 0, rest);
            CELL(in_exc, k) = exc - exc;
            CELL(in_inh, k) = inh - inh;
            g_exc[k] = exc * PARAMETER(P_DECAY_E, k);
            g_inh[k] = inh * PARAMETER(P_DECAY_I, k);
            special[k] = large | (v[k] >= PARAMETER(P_THRESHOLD, k));
        }
        if (ANY(special[0] | special[1])) {
            SAVE(v0, v0);
            SAVE(v, v);
            SAVE(linear, linear);
            SAVE(w0, w0);
            SAVE(w, w);
            SAVE(drive, drive);
            SAVE(x, x);
            SAVE(active, active);
            SAVE(refractory, refractory);
            BOTH(k) *(MASK *)(again.again + k * WIDTH) = special[k];
            PASTE(adex_again, ISA)(block, &again, p, first_lane, step, shared);
            RESTORE(v, v);
            RESTORE(w, w);
            RESTORE(refractory, refractory);
        }
        if (++slot == block->n_slots) slot = 0;
    }
    BOTH(k) {
        CELL(s + S_V * LANES, k) = v[k];
        CELL(s + S_REFRACTORY * LANES, k) = refractory[k];
        CELL(s + S_G_EXC * LANES, k) = g_exc[k];
        CELL(s + S_G_INH * LANES, k) = g_inh[k];
        CELL(s + S_W * LANES, k) = w[k];
    }
}

ADVANCE(adex_advance, adex_group, 0)
ADVANCE(adex_saturating_advance, adex_group, 1)

/* By 2 * saturating + adex. */
static const advance_function PASTE(advance, ISA)[] = {
    PASTE(lif_advance, ISA), PASTE(adex_advance, ISA),
    PASTE(lif_saturating_advance, ISA), PASTE(adex_saturating_advance, ISA),
};

#undef VEC
#undef MASK
#undef WIDTH
#undef GROUP
#undef BOTH
#undef PARAMETER
#undef LANE_PARAMETER
#undef CELL
#undef WHERE
#undef CHOOSE
#undef PHI
#undef LOG
#undef LANES_T
#undef SATURATE
#undef ADVANCE
#undef SAVE
#undef RESTORE
