/* Numbers and names of a model's parameters and states, from the lists in its file: NAME_p_leak is
 * the row of the parameter "leak", NAME_s_v that of the state "v". Included by each model; compiled
 * once, before the instruction sets. */
#ifndef RECEPTORS
#define RECEPTORS 0 /* the model has inputs of its own, and no receptors behind its tables */
#endif
#ifndef LEVEL
#define PARAMETER_ROW(name) PASTE(PASTE(MODEL, p), name),
#define STATE_ROW(name) PASTE(PASTE(MODEL, s), name),
#define STEP_ROW(name) PASTE(PASTE(MODEL, t), name),
#define NAME_TEXT(name) TEXT(name),
enum { PARAMETERS(PARAMETER_ROW) PASTE(MODEL, N_PARAMETERS) };
enum { STATES(STATE_ROW) PASTE(MODEL, N_STATES) };
enum { OF_THE_STEP(STEP_ROW) PASTE(MODEL, N_OF_THE_STEP) };
enum { PASTE(MODEL, N_INPUTS) = INPUTS, PASTE(MODEL, HAS_RECEPTORS) = RECEPTORS };
static const char *const PASTE(MODEL, parameter_names)[] = {PARAMETERS(NAME_TEXT)};
static const char *const PASTE(MODEL, state_names)[] = {STATES(NAME_TEXT)};
#undef PARAMETER_ROW
#undef STATE_ROW
#undef STEP_ROW
#undef NAME_TEXT
#else

/* In a model's step: a parameter, a state and what is kept of the step for lanes that fire. */
#define P(name) parameter(p, PASTE(PASTE(MODEL, p), name), k, shared)
#define S(name) s[PASTE(PASTE(MODEL, s), name)]
#define T(name) t[PASTE(PASTE(MODEL, t), name)]
/* The same of one lane, as numbers, in a model's FIRE. */
#define LANE_P(name) p[shared ? PASTE(PASTE(MODEL, p), name) \
                              : PASTE(PASTE(MODEL, p), name) * LANES + i]
#define LANE_S(name) lanes->s[PASTE(PASTE(MODEL, s), name)][i]
#define LANE_T(name) lanes->t[PASTE(PASTE(MODEL, t), name)][i]

#define STEP PASTE(PASTE(MODEL, step), ISA)
#define FIRE PASTE(PASTE(MODEL, fire), ISA)
#define LANES_T PASTE(PASTE(MODEL, lanes), ISA)

/* States and what was kept of the step, of all lanes of a group. */
typedef struct {
    REAL s[PASTE(MODEL, N_STATES)][GROUP];
    REAL t[PASTE(MODEL, N_OF_THE_STEP)][GROUP];
} LANES_T;

/* Advances one vector and returns the lanes for which FIRE has to look at the step again. */
#define DEFINE_STEP PIECE MASK STEP(VEC *s, VEC *t, const VEC *event, const REAL *p, \
    const int k, const int shared, const int saturating)
/* Looks at the step of lane i again: it has fired, or left the range of a polynomial. In plain C
 * and compiled alike for all instruction sets. */
#define DEFINE_FIRE static inline void FIRE(unit_block *block, LANES_T *lanes, const REAL *p, \
    const int shared, const int i, const int lane, const int step)
#endif
