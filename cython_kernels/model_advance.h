/* A model's step, through all steps of a block and all lanes of a unit. Included by each model
 * after STEP and FIRE; compiled for each instruction set. Two vectors advance together, with their
 * states in registers. The loop has one branch: lanes that fire are looked at one by one. */
#ifdef LEVEL
#define GROUP_ADVANCE PASTE(PASTE(MODEL, group), ISA)
#define FIRE_LANES PASTE(PASTE(MODEL, fire_lanes), ISA)
#define N_P PASTE(MODEL, N_PARAMETERS)
#define N_S PASTE(MODEL, N_STATES)
#define N_T PASTE(MODEL, N_OF_THE_STEP)
#define N_I PASTE(MODEL, N_INPUTS)
#if RECEPTORS
#define N_EVENTS N_TOTALS
#else
#define N_EVENTS N_I
#endif

static __attribute__((noinline)) void FIRE_LANES(
        unit_block *block, LANES_T *lanes, const REAL *p, int shared, int lane, int step,
        unsigned bits) {
    while (bits) {
        int i = __builtin_ctz(bits);
        bits &= bits - 1;
        FIRE(block, lanes, p, shared, i, lane + i, step);
    }
}

PIECE void GROUP_ADVANCE(unit_block *block, int unit, int first_lane, const int shared,
                         const int saturating) {
    /* Constants at compile time, but for models with receptors. */
    const int n_receptors = RECEPTORS ? block->n_receptors : 0;
    const int n_p = N_P + n_receptors * N_RECEPTOR_PARAMETERS;
    const int n_s = N_S + n_receptors * N_RECEPTOR_STATES;
    const REAL *p = block->parameters
        + unit * n_p * (shared ? 1 : LANES) + (shared ? 0 : first_lane);
    REAL *rows = block->state + unit * n_s * LANES + first_lane;
    REAL *inputs = block->input + unit * block->unit_stride + first_lane;
    VEC s[2][N_S], t[2][N_T];
    LANES_T lanes;
    VEC sum = ZERO;
    int slot = block->first_slot;
    BOTH(k) for (int row = 0; row < N_S; row++) s[k][row] = LOAD(rows + row * LANES + k * WIDTH);
    for (int step = 0; step < block->n_steps; step++) {
        REAL *input = inputs + slot * block->slot_stride;
        MASK again[2];
        if (block->trace) {
            REAL *trace = block->trace + (long)step * n_s * LANES + first_lane;
            BOTH(k) for (int row = 0; row < N_S; row++)
                KEEP(trace + row * LANES + k * WIDTH, s[k][row]);
            BOTH(k) for (int row = N_S; row < n_s; row++)
                KEEP(trace + row * LANES + k * WIDTH, LOAD(rows + row * LANES + k * WIDTH));
        }
        BOTH(k) {
            VEC event[N_EVENTS];
            if (RECEPTORS)
                receive(event, rows + N_S * LANES, input, block->input_stride, n_receptors,
                        p + N_P * (shared ? 1 : LANES), k, shared);
            for (int n = 0; n < N_I; n++) {
                REAL *place = input + n * block->input_stride + k * WIDTH;
                event[n] = LOAD(place);
                KEEP(place, ZERO);
            }
            again[k] = STEP(s[k], t[k], event, p, k, shared, saturating);
        }
        if (__builtin_expect(BITS(EITHER(again[0], again[1])) != 0, 0)) {
            BOTH(k) {
                for (int row = 0; row < N_S; row++) KEEP(&lanes.s[row][k * WIDTH], s[k][row]);
                for (int row = 0; row < N_T; row++) KEEP(&lanes.t[row][k * WIDTH], t[k][row]);
            }
            FIRE_LANES(block, &lanes, p, shared, unit * LANES + first_lane, step,
                       BITS(again[0]) | BITS(again[1]) << WIDTH);
            BOTH(k) for (int row = 0; row < N_S; row++)
                s[k][row] = LOAD(&lanes.s[row][k * WIDTH]);
        }
        if (++slot == block->n_slots) slot = 0;
    }
    BOTH(k) for (int row = 0; row < N_S; row++) {
        KEEP(rows + row * LANES + k * WIDTH, s[k][row]);
        sum = FMA(s[k][row], ZERO, sum); /* NaN of what is not a finite number */
    }
    BOTH(k) for (int row = N_S; row < n_s; row++)
        sum = FMA(LOAD(rows + row * LANES + k * WIDTH), ZERO, sum);
    block->broken |= BITS(AT_LEAST(sum, ZERO)) != (1u << WIDTH) - 1;
}

/* Whether inputs saturate and whether lanes share parameters are constants in each loop. */
#define ADVANCE(name, saturating) \
TARGET static void PASTE(PASTE(MODEL, name), ISA)(unit_block *block) { \
    block->n_spikes = 0; \
    block->broken = 0; \
    for (int unit = 0; block->shared && unit < block->n_units; unit++) \
        for (int lane = 0; lane < LANES; lane += GROUP) \
            GROUP_ADVANCE(block, unit, lane, 1, saturating); \
    for (int unit = 0; !block->shared && unit < block->n_units; unit++) \
        for (int lane = 0; lane < LANES; lane += GROUP) \
            GROUP_ADVANCE(block, unit, lane, 0, saturating); \
}

ADVANCE(linear, 0)
#if SATURATES
ADVANCE(saturating, 1)
#endif
static const advance_function PASTE(PASTE(MODEL, advance), ISA)[2] = {
    PASTE(PASTE(MODEL, linear), ISA),
#if SATURATES
    PASTE(PASTE(MODEL, saturating), ISA),
#endif
};

#undef GROUP_ADVANCE
#undef FIRE_LANES
#undef N_P
#undef N_S
#undef N_T
#undef N_I
#undef N_EVENTS
#undef ADVANCE
#undef P
#undef S
#undef T
#undef LANE_P
#undef LANE_S
#undef LANE_T
#undef STEP
#undef FIRE
#undef LANES_T
#undef DEFINE_STEP
#undef DEFINE_FIRE
#endif
#undef MODEL
#undef INPUTS
#undef RECEPTORS
#undef SATURATES
#undef PARAMETERS
#undef STATES
#undef OF_THE_STEP
