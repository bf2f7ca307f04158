/* The one rule by which a time in ms becomes a time step. */
#ifndef BRAINSCALES_EMU_TIME_GRID_H
#define BRAINSCALES_EMU_TIME_GRID_H

#include <math.h>

/* Part of a step by which a time may lie below the grid and still belong to the step that starts
 * there: 0.3 ms is step 3 of 0.1 ms though 0.3 / 0.1 < 3 in binary. Rounding errors stay far
 * below it up to 1e9 steps. */
#define TIME_GRID_SLACK 1e-6

/* Returns the step that `t_ms` falls into: step k covers [k, k + 1) / inv_dt. */
static inline long long step_of(double t_ms, double inv_dt)
{
    return (long long)floor(t_ms * inv_dt + TIME_GRID_SLACK);
}

#endif
