/* Advance one unit by the steps of a block; see vector_step.h. No include guard: this file is
 * compiled once for each ISA. The loops over lanes hold no branch; the few lanes that cross the
 * threshold or leave the range of the polynomials are done again, one by one, behind them. */

#define ROW(table, row) ((table) + (row) * LANES)

TARGET static void PASTE(lif_advance, ISA)(unit_block *block) {
    const REAL *restrict p = block->parameters;
    REAL *restrict s = block->state;
    REAL *restrict v = ROW(s, S_V);
    REAL *restrict refractory = ROW(s, S_REFRACTORY);
    REAL *restrict g_exc = ROW(s, S_G_EXC);
    REAL *restrict g_inh = ROW(s, S_G_INH);
    REAL v0[LANES] __attribute__((aligned(64)));
    REAL drive[LANES] __attribute__((aligned(64)));
    REAL x[LANES] __attribute__((aligned(64)));
    REAL active[LANES] __attribute__((aligned(64)));
    int slot = block->first_slot;
    block->n_spikes = 0;
    for (int step = 0; step < block->n_steps; step++) {
        REAL *restrict in_exc = block->ring_exc + slot * block->slot_stride;
        REAL *restrict in_inh = block->ring_inh + slot * block->slot_stride;
        int special = 0;
        if (block->trace) {
            REAL *trace = block->trace + (long)step * N_TRACES * LANES;
            memcpy(ROW(trace, T_V), v, sizeof(REAL) * LANES);
            memset(ROW(trace, T_W), 0, sizeof(REAL) * LANES);
            memcpy(ROW(trace, T_G_EXC), g_exc, sizeof(REAL) * LANES);
            memcpy(ROW(trace, T_G_INH), g_inh, sizeof(REAL) * LANES);
        }
#pragma GCC ivdep
        for (int i = 0; i < LANES; i++) {
            REAL exc = g_exc[i] + in_exc[i];
            REAL inh = g_inh[i] + in_inh[i];
            REAL x_exc = ROW(p, P_GAIN_E)[i] * exc;
            REAL x_inh = ROW(p, P_GAIN_I)[i] * inh;
            REAL x_all = ROW(p, P_LEAK)[i] + ROW(p, P_CONDUCTANCE)[i] * (x_exc + x_inh);
            REAL pull = ROW(p, P_DRIVE)[i] + x_exc * ROW(p, P_REVERSAL_E)[i]
                      + x_inh * ROW(p, P_REVERSAL_I)[i];
            REAL on = (REAL)1 - refractory[i];
            on = on < 0 ? 0 : on;
            REAL rest = refractory[i] - (REAL)1;
            REAL x_on = x_all * on;
            REAL start = v[i];
            REAL end = start + (pull - x_all * start) * on * phi_polynomial(x_on);
            in_exc[i] = 0;
            in_inh[i] = 0;
            g_exc[i] = exc * ROW(p, P_DECAY_E)[i];
            g_inh[i] = inh * ROW(p, P_DECAY_I)[i];
            refractory[i] = rest < 0 ? 0 : rest;
            v0[i] = start;
            drive[i] = pull;
            x[i] = x_all;
            active[i] = on;
            v[i] = end;
            special |= (end >= ROW(p, P_THRESHOLD)[i]) | (x_on > LARGE_X);
        }
        if (special) {
            for (int i = 0; i < LANES; i++) {
                if (x[i] * active[i] > LARGE_X)
                    v[i] = (REAL)(v0[i] + (drive[i] - x[i] * v0[i]) * active[i]
                                  * phi_exact(x[i] * active[i]));
                if (v[i] >= ROW(p, P_THRESHOLD)[i]) {
                    double part = crossing(v0[i], v[i], ROW(p, P_THRESHOLD)[i], drive[i], x[i],
                                           active[i]);
                    register_spike(block, i, step, 1.0 - active[i] + active[i] * part,
                                   ROW(p, P_REFRACTORY)[i], &refractory[i]);
                    v[i] = ROW(p, P_RESET)[i];
                }
            }
        }
        if (++slot == block->n_slots) slot = 0;
    }
}

/* The linear part is integrated as above; then the exponential current alone, in closed form:
 * u = exp(-(v - v_T) / delta_T) falls at the constant rate dt / tau_m. Of the symmetric splitting
 * (half exponential, linear, half exponential) two half steps are taken together, so the state
 * holds the exponential part of half a step ahead, and a spike in it comes half a step later. */
TARGET static void PASTE(adex_advance, ISA)(unit_block *block) {
    const REAL *restrict p = block->parameters;
    REAL *restrict s = block->state;
    REAL *restrict v = ROW(s, S_V);
    REAL *restrict refractory = ROW(s, S_REFRACTORY);
    REAL *restrict g_exc = ROW(s, S_G_EXC);
    REAL *restrict g_inh = ROW(s, S_G_INH);
    REAL *restrict w = ROW(s, S_W);
    REAL v0[LANES] __attribute__((aligned(64)));
    REAL v_linear[LANES] __attribute__((aligned(64)));
    REAL w0[LANES] __attribute__((aligned(64)));
    REAL drive[LANES] __attribute__((aligned(64)));
    REAL x[LANES] __attribute__((aligned(64)));
    REAL active[LANES] __attribute__((aligned(64)));
    int32_t again[LANES] __attribute__((aligned(64)));
    int slot = block->first_slot;
    block->n_spikes = 0;
    for (int step = 0; step < block->n_steps; step++) {
        REAL *restrict in_exc = block->ring_exc + slot * block->slot_stride;
        REAL *restrict in_inh = block->ring_inh + slot * block->slot_stride;
        int special = 0;
        if (block->trace) {
            REAL *trace = block->trace + (long)step * N_TRACES * LANES;
            memcpy(ROW(trace, T_V), v, sizeof(REAL) * LANES);
            memcpy(ROW(trace, T_W), w, sizeof(REAL) * LANES);
            memcpy(ROW(trace, T_G_EXC), g_exc, sizeof(REAL) * LANES);
            memcpy(ROW(trace, T_G_INH), g_inh, sizeof(REAL) * LANES);
        }
#pragma GCC ivdep
        for (int i = 0; i < LANES; i++) {
            REAL exc = g_exc[i] + in_exc[i];
            REAL inh = g_inh[i] + in_inh[i];
            REAL x_exc = ROW(p, P_GAIN_E)[i] * exc;
            REAL x_inh = ROW(p, P_GAIN_I)[i] * inh;
            REAL x_all = ROW(p, P_LEAK)[i] + ROW(p, P_CONDUCTANCE)[i] * (x_exc + x_inh);
            REAL start = v[i];
            REAL adapt = w[i];
            REAL adapt_step = ROW(p, P_ADAPT_GAIN)[i] * (start - ROW(p, P_REST)[i])
                            - ROW(p, P_ADAPT_RATE)[i] * adapt;
            REAL pull = ROW(p, P_DRIVE)[i] + x_exc * ROW(p, P_REVERSAL_E)[i]
                      + x_inh * ROW(p, P_REVERSAL_I)[i]
                      - ROW(p, P_ADAPT_DRIVE)[i] * (adapt + (REAL)0.5 * adapt_step);
            REAL on = (REAL)1 - refractory[i];
            on = on < 0 ? 0 : on;
            REAL rest = refractory[i] - (REAL)1;
            REAL x_on = x_all * on;
            REAL linear = start + (pull - x_all * start) * on * phi_polynomial(x_on);
            REAL z = (linear - ROW(p, P_EXP_THRESHOLD)[i]) * ROW(p, P_INVERSE_SLOPE)[i];
            z = z > 20 ? 20 : z;
            z = z < -80 ? -80 : z;
            REAL y = ROW(p, P_EXP_LEAK)[i] * on * exp_polynomial(z);
            int large = (y > LARGE_Y) | (x_on > LARGE_X);
            y = y > LARGE_Y ? LARGE_Y : y;
            REAL end = linear - ROW(p, P_SLOPE)[i] * log_polynomial(y);
            REAL middle = (REAL)0.5 * (start + end);
            in_exc[i] = 0;
            in_inh[i] = 0;
            g_exc[i] = exc * ROW(p, P_DECAY_E)[i];
            g_inh[i] = inh * ROW(p, P_DECAY_I)[i];
            refractory[i] = rest < 0 ? 0 : rest;
            w[i] = adapt + ROW(p, P_ADAPT_GAIN)[i] * (middle - ROW(p, P_REST)[i])
                 - ROW(p, P_ADAPT_RATE)[i] * adapt;
            v0[i] = start;
            v_linear[i] = linear;
            w0[i] = adapt;
            drive[i] = pull;
            x[i] = x_all;
            active[i] = on;
            v[i] = end;
            again[i] = large | (end >= ROW(p, P_THRESHOLD)[i]);
            special |= again[i];
        }
        if (special) {
            for (int i = 0; i < LANES; i++) {
                if (!again[i]) continue;
                double spike_v = ROW(p, P_THRESHOLD)[i], slope = ROW(p, P_SLOPE)[i];
                double leak = (double)ROW(p, P_EXP_LEAK)[i] * active[i];
                double linear = v_linear[i], end = v[i], part = 2.0, lag = 0.0, mean;
                if (x[i] * active[i] > LARGE_X)
                    linear = v0[i] + ((double)drive[i] - x[i] * v0[i]) * active[i]
                           * phi_exact(x[i] * active[i]);
                double z = (linear - ROW(p, P_EXP_THRESHOLD)[i]) * ROW(p, P_INVERSE_SLOPE)[i];
                double y = leak * exp(z > 500 ? 500 : z);
                if (linear >= spike_v) {
                    part = crossing(v0[i], linear, spike_v, drive[i], x[i], active[i]);
                } else if (leak > 0 && y > 1e-6) {
                    double u = exp(-z);
                    double u_spike = exp(-(spike_v - ROW(p, P_EXP_THRESHOLD)[i])
                                         * ROW(p, P_INVERSE_SLOPE)[i]);
                    lag = 0.5;
                    if (u - leak <= u_spike) part = (u - u_spike) / leak;
                    else end = linear - slope * log1p(-y);
                } else {
                    end = linear;
                }
                if (part > 1 && end < spike_v) {
                    mean = 0.5 * (v0[i] + end);
                    v[i] = (REAL)end;
                } else {
                    double fraction = 1.0 - active[i] + active[i] * (part > 1 ? 1 : part);
                    register_spike(block, i, step, fraction + lag, ROW(p, P_REFRACTORY)[i],
                                   &refractory[i]);
                    mean = 0.5 * fraction * (v0[i] + spike_v)
                         + (1.0 - fraction) * ROW(p, P_RESET)[i];
                    v[i] = ROW(p, P_RESET)[i];
                    w0[i] += ROW(p, P_ADAPT_JUMP)[i];
                }
                w[i] = (REAL)(w0[i] + ROW(p, P_ADAPT_GAIN)[i] * (mean - ROW(p, P_REST)[i])
                              - (double)ROW(p, P_ADAPT_RATE)[i] * w0[i]);
            }
        }
        if (++slot == block->n_slots) slot = 0;
    }
}

#undef ROW
