/* Delivery of an event to its targets. */
#ifndef SYNAPSE_DELIVERY_H
#define SYNAPSE_DELIVERY_H

#include <stdint.h>

#define TARGET_BITS 24
#define TARGET_MASK ((1u << TARGET_BITS) - 1)

/* Add weights to the slots `early` and `late` of all targets. An event inside a step is split over
 * the steps before and behind it, so that its weight and its mean time are kept. With `coded`, the
 * upper byte of a target is the number of its weight. */
static inline void add_to_targets(const uint32_t *restrict target, const REAL *restrict weight,
                                  int coded, long n, REAL *restrict early, REAL *restrict late,
                                  REAL late_part, long target_stride) {
    const REAL early_part = 1 - late_part;
    if (coded) {
        for (long i = 0; i < n; i++) {
            long place = (long)(target[i] & TARGET_MASK) * target_stride;
            REAL w = weight[target[i] >> TARGET_BITS];
            early[place] += w * early_part;
            late[place] += w * late_part;
        }
    } else {
        for (long i = 0; i < n; i++) {
            long place = (long)target[i] * target_stride;
            early[place] += weight[i] * early_part;
            late[place] += weight[i] * late_part;
        }
    }
}

/* Bring the first `n` targets of a later event into the cache. */
static inline void prefetch_targets(const uint32_t *target, long n) {
    for (long i = 0; i < n; i += 64 / (long)sizeof *target) __builtin_prefetch(target + i);
}

#endif
