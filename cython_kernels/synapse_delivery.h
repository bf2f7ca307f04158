/* Delivery of events to their targets. */
#ifndef SYNAPSE_DELIVERY_H
#define SYNAPSE_DELIVERY_H

#include <stdint.h>

#define TARGET_BITS 24
#define TARGET_MASK ((1u << TARGET_BITS) - 1)
/* Arrival times closer than this to a step (in steps) belong to the step. It has to exceed the sum
 * of what an event's time may lie below the block that delivers it (TIME_GRID_SLACK) and a delay
 * below the block's length (DELAY_RESOLUTION): the slot before is already over. */
#define ON_GRID 3e-6
/* So many events ahead, what is needed of an event is brought into the cache: where its synapses
 * are listed, the list, and the targets themselves. */
#define ROW_AHEAD 12
#define SEGMENT_AHEAD 6
#define TARGETS_AHEAD 3
#define MOST_PREFETCHED 512

/* Synapses of a source with the same delay; they end where those of the next segment begin. */
typedef struct {
    int64_t first;
    double delay;              /* steps */
} synapse_segment;

/* Synapses sorted by (slice, source, delay). */
typedef struct {
    const int64_t *row_start;  /* first segment of a row: slice * n_sources + source */
    const synapse_segment *segments;
    const uint32_t *target;    /* place in a slot; if coded, the weight's number in the upper byte */
    const REAL *weight;
    int coded;
    int64_t n_sources;
} synapse_table;

/* Where events are delivered to: place p of slot s is ring[s * slot_stride + p * place_stride]. */
typedef struct {
    REAL *ring;
    int64_t slot_stride, place_stride, n_slots;
} event_ring;

/* Add weights to the slots `early` and `late` of targets. */
static inline void add_to_targets(const uint32_t *restrict target, const REAL *restrict weight,
                                  int coded, int64_t n, REAL *restrict early, REAL *restrict late,
                                  REAL late_part, int64_t place_stride) {
    const REAL early_part = 1 - late_part;
    if (coded) {
        for (int64_t i = 0; i < n; i++) {
            int64_t place = (int64_t)(target[i] & TARGET_MASK) * place_stride;
            REAL w = weight[target[i] >> TARGET_BITS];
            early[place] += w * early_part;
            late[place] += w * late_part;
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            int64_t place = (int64_t)target[i] * place_stride;
            early[place] += weight[i] * early_part;
            late[place] += weight[i] * late_part;
        }
    }
}

/* Add an event to the slots of all targets of its row. An event inside a step is split over the
 * steps before and behind it, so that its weight and its mean time are kept. */
static inline void deliver(const synapse_table *table, int64_t row, double time,
                           const event_ring *to, int64_t lane) {
    const synapse_segment *segment = table->segments + table->row_start[row];
    const synapse_segment *end = table->segments + table->row_start[row + 1];
    for (; segment < end; segment++) {
        double arrival = time + segment->delay;
        int64_t slot = (int64_t)arrival, first = segment->first;
        double late = arrival - slot;
        REAL *early_slot, *late_slot;
        if (late < ON_GRID) late = 0;
        else if (late > 1 - ON_GRID) late = 0, slot++;
        slot %= to->n_slots;
        early_slot = to->ring + slot * to->slot_stride + lane;
        if (++slot == to->n_slots) slot = 0;
        late_slot = to->ring + slot * to->slot_stride + lane;
        add_to_targets(table->target + first, table->weight + (table->coded ? 0 : first),
                       table->coded, segment[1].first - first, early_slot, late_slot, (REAL)late,
                       to->place_stride);
    }
}

static inline void prefetch_targets(const synapse_table *table, int64_t row) {
    int64_t first = table->segments[table->row_start[row]].first;
    int64_t end = table->segments[table->row_start[row + 1]].first;
    if (end > first + MOST_PREFETCHED) end = first + MOST_PREFETCHED;
    for (; first < end; first += 64 / (int64_t)sizeof *table->target)
        __builtin_prefetch(table->target + first);
}

/* Deliver events one after the other, in a slice; `lane` is NULL where all are of lane 0. */
static void deliver_events(const synapse_table *table, int slice, int64_t first_source,
                           const int32_t *source, const double *time, const int32_t *lane,
                           int64_t n, const event_ring *to) {
    const int64_t first_row = slice * table->n_sources + first_source;
#define ROW(i) (first_row + source[i])
    for (int64_t i = -ROW_AHEAD; i < n; i++) {
        if (i + ROW_AHEAD < n)
            __builtin_prefetch(table->row_start + ROW(i + ROW_AHEAD));
        if (i + SEGMENT_AHEAD >= 0 && i + SEGMENT_AHEAD < n)
            __builtin_prefetch(table->segments + table->row_start[ROW(i + SEGMENT_AHEAD)]);
        if (i + TARGETS_AHEAD >= 0 && i + TARGETS_AHEAD < n)
            prefetch_targets(table, ROW(i + TARGETS_AHEAD));
        if (i >= 0) deliver(table, ROW(i), time[i], to, lane ? lane[i] : 0);
    }
#undef ROW
}

#endif
