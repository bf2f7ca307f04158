/* Delivery of events through synapses that change.
 *
 * Times are in steps. Of the delay d of a synapse, the part f d is dendritic: a presynaptic spike of
 * time t meets the synapse at t + (1 - f) d, a postsynaptic one at t + f d. So all that a synapse
 * compares are postsynaptic times with q = t + (1 - 2 f) d, and its state after an event of time t
 * needs the postsynaptic spikes until q only.
 *
 * Weights change when an event is transmitted: first by the postsynaptic spikes since the event
 * before, one after the other, then by the event itself. This is the scheme of Morrison et al.
 * (2007), doi 10.1162/neco.2007.19.6.1437: every synapse sees its spikes in order, whatever the
 * threads, and spikes are kept only until all synapses have seen them.
 */
#ifndef PLASTIC_DELIVERY_H
#define PLASTIC_DELIVERY_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "philox.h"
#include "synapse_delivery.h"

/* The rules. Names and numbers of parameters and variables are in plastic_table.pxi. */
enum { RULE_TSODYKS, RULE_STOCHASTIC, RULE_QUANTAL, RULE_PAIRS, RULE_VOGELS, N_RULES };
#define MOST_PARAMETERS 8
#define MOST_VARIABLES 3
/* Spikes that a neuron keeps before all synapses of its slice are brought up to date. */
#define HISTORY_LIMIT 16

/* Postsynaptic spikes of a neuron; the first one may have been seen by all synapses. */
typedef struct {
    int size, capacity;
    double *time;
    double *trace;  /* sum of exp(-(time - earlier one) / tau) just behind each spike */
} spike_history;

/* What all synapses of a segment have in common. */
typedef struct {
    double last;     /* q of the last event */
    double trace;    /* sum of exp(-(last - earlier one) / tau) just behind it; 0 before the first */
    double seen;     /* postsynaptic spikes until here have changed the weights */
    int64_t count;   /* events so far */
} segment_state;

/* Events that wait until their postsynaptic spikes are there. */
typedef struct {
    int64_t size, capacity;
    int64_t *segment;
    double *time;
} event_queue;

typedef struct {
    int rule;
    int64_t n_sources, n_slices, n_neurons;
    const int64_t *row_start;           /* first segment of a row: slice * n_sources + source */
    const synapse_segment *segments;
    segment_state *state;
    double early;                       /* 1 - 2 f */
    double longest_delay;
    const uint32_t *place;              /* of the target's input in a slot */
    const int32_t *target;              /* engine number of the neuron */
    const int64_t *number;              /* of the synapse in the network, for random numbers */
    double sign;                        /* of the weights that are delivered */
    double *weight;                     /* magnitudes */
    double *variable[MOST_VARIABLES];
    const double *parameter[MOST_PARAMETERS];
    int64_t stride[MOST_PARAMETERS];    /* 0: one value for all synapses, 1: one for each */
    spike_history *history;             /* by neuron; NULL of a rule that does not look at them */
    const int64_t *first_neuron;        /* of each slice, and the end */
    event_queue *waiting;               /* by slice */
    int *limit;                         /* by slice: HISTORY_LIMIT, more where they fire fast */
    uint64_t seed;
    uint32_t purpose;
    int failed;                         /* out of memory */
} plastic_table;

#define P(k) (table->parameter[k][i * table->stride[k]])

/* exp(x) for x <= 0, to 2e-11 of its value; the same bits on every machine. */
static inline double decay(double x) {
    if (x < -700) return 0;
    double n = x * 1.4426950408889634 + 6755399441055744.0;
    uint64_t bits;
    memcpy(&bits, &n, sizeof bits);
    n -= 6755399441055744.0;
    double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
    double r2 = r * r;
    double p = (1 + r) + r2 * ((1.0 / 2 + r * (1.0 / 6)) + r2 * ((1.0 / 24 + r * (1.0 / 120))
             + r2 * ((1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880)))));
    uint64_t scale = ((uint64_t)(1023 + (int64_t)(int32_t)bits)) << 52;
    double s;
    memcpy(&s, &scale, sizeof s);
    return p * s;
}

/* --- postsynaptic spikes -------------------------------------------------------------------- */

static int history_append(spike_history *h, double time, double tau) {
    if (h->size == h->capacity) {
        int capacity = h->capacity ? 2 * h->capacity : HISTORY_LIMIT + 4;
        double *times = realloc(h->time, capacity * sizeof(double));
        if (times) h->time = times;
        double *traces = realloc(h->trace, capacity * sizeof(double));
        if (traces) h->trace = traces;
        if (!times || !traces) return 0;
        h->capacity = capacity;
    }
    double before = h->size ? h->trace[h->size - 1] * decay((h->time[h->size - 1] - time) / tau) : 0;
    h->time[h->size] = time;
    h->trace[h->size++] = before + 1;
    return 1;
}

/* Forget spikes until `end`, but for the last of them, whose trace goes on. */
static void history_prune(spike_history *h, double end) {
    int n = 0;
    while (n + 1 < h->size && h->time[n + 1] <= end) n++;
    if (n == 0) return;
    memmove(h->time, h->time + n, (h->size - n) * sizeof(double));
    memmove(h->trace, h->trace + n, (h->size - n) * sizeof(double));
    h->size -= n;
}

/* --- the pair rules ------------------------------------------------------------------------- */

enum { TAU_PLUS, TAU_MINUS, A_PLUS, A_MINUS, W_MIN, W_MAX, MU_PLUS, MU_MINUS };
enum { V_TAU, V_ETA, V_ALPHA, V_W_MIN, V_W_MAX };

static inline double power(double base, double exponent) {
    if (exponent == 0) return 1;
    if (exponent == 1) return base;
    return pow(base, exponent);
}

static inline double potentiated(const plastic_table *table, int64_t i, double w, double trace) {
    double w_max = P(W_MAX);
    double room = w_max > w ? w_max - w : 0;
    w += P(A_PLUS) * trace * w_max * power(room / w_max, P(MU_PLUS));
    return w < w_max ? w : w_max;
}

static inline double depressed(const plastic_table *table, int64_t i, double w, double trace) {
    double w_max = P(W_MAX), w_min = P(W_MIN);
    double room = w > w_min ? w - w_min : 0;
    w -= P(A_MINUS) * trace * w_max * power(room / w_max, P(MU_MINUS));
    return w > w_min ? w : w_min;
}

static inline double moved(const plastic_table *table, int64_t i, double w, double change) {
    w += P(V_ETA) * change;
    if (w < P(V_W_MIN)) w = P(V_W_MIN);
    if (w > P(V_W_MAX)) w = P(V_W_MAX);
    return w;
}

/* Number of spikes of a history until `end`. */
static inline int count_until(const spike_history *h, double end) {
    int n = h->size;
    while (n > 0 && h->time[n - 1] > end) n--;
    return n;
}

/* The weight after the postsynaptic spikes `first` to `last` of the target. */
static inline double after_spikes(const plastic_table *table, int64_t i, double w,
                                  const segment_state *s, const spike_history *h, int first,
                                  int last) {
    const double tau = table->parameter[TAU_PLUS][0];
    for (int k = first; k < last; k++) {
        double trace = s->trace * decay((s->last - h->time[k]) / tau);
        w = table->rule == RULE_PAIRS ? potentiated(table, i, w, trace)
                                      : moved(table, i, w, trace);
    }
    return w;
}

/* Let the postsynaptic spikes until `end` change the weights of a segment. */
static void catch_up(plastic_table *table, int64_t segment, double end, double *weight) {
    const segment_state *s = &table->state[segment];
    if (s->trace == 0 || end <= s->seen) return;
    for (int64_t i = table->segments[segment].first; i < table->segments[segment + 1].first; i++) {
        const spike_history *h = &table->history[table->target[i]];
        int last = count_until(h, end), first = last;
        while (first > 0 && h->time[first - 1] > s->seen) first--;
        weight[i] = after_spikes(table, i, weight[i], s, h, first, last);
    }
}

static inline void add_one(const plastic_table *table, int64_t i, double w, REAL *early, REAL *late,
                           REAL late_part) {
    REAL weight = (REAL)(table->sign * w);
    early[table->place[i]] += weight * (1 - late_part);
    late[table->place[i]] += weight * late_part;
}

static void transmit_pairs(plastic_table *table, int64_t segment, double q, REAL *early, REAL *late,
                           REAL late_part) {
    segment_state *s = &table->state[segment];
    const int pairs = table->rule == RULE_PAIRS;
    const double tau = table->parameter[pairs ? TAU_MINUS : V_TAU][0];
    const int64_t end = table->segments[segment + 1].first;
    for (int64_t i = table->segments[segment].first; i < end; i++) {
        const spike_history *h = &table->history[table->target[i]];
        double w = table->weight[i], trace = 0;
        int last = count_until(h, q), first = last;
        if (s->trace > 0) {
            while (first > 0 && h->time[first - 1] > s->seen) first--;
            w = after_spikes(table, i, w, s, h, first, last);
        }
        while (last > 0 && h->time[last - 1] == q) last--;  /* a coincidence potentiates only */
        if (last > 0) trace = h->trace[last - 1] * decay((h->time[last - 1] - q) / tau);
        w = pairs ? depressed(table, i, w, trace) : moved(table, i, w, trace - P(V_ALPHA));
        table->weight[i] = w;
        add_one(table, i, w, early, late, late_part);
    }
    s->trace = s->trace * decay((s->last - q) / table->parameter[pairs ? TAU_PLUS : V_TAU][0]) + 1;
    s->last = s->seen = q;
}

/* --- short-term plasticity ------------------------------------------------------------------ */

enum { U_USE, TAU_REC, TAU_FACIL, TAU_SYN };
enum { U_STATE, X_STATE, Y_STATE };

/* Tsodyks, Uziel and Markram (2000): x recovered, y active, the rest inactive resources. */
static void transmit_tsodyks(plastic_table *table, int64_t segment, double time, REAL *early,
                             REAL *late, REAL late_part) {
    segment_state *s = &table->state[segment];
    const double passed = time - s->last;
    const int64_t end = table->segments[segment + 1].first;
    for (int64_t i = table->segments[segment].first; i < end; i++) {
        double u = table->variable[U_STATE][i], x = table->variable[X_STATE][i];
        double y = table->variable[Y_STATE][i], use = P(U_USE), active;
        double rec = P(TAU_REC), syn = P(TAU_SYN);
        double kept_y = syn > 0 ? decay(-passed / syn) : 0;
        double kept_z = rec > 0 ? decay(-passed / rec) : 0;
        double from_y = fabs(syn - rec) > 1e-6 * rec
                            ? ((kept_z - 1) * rec - (kept_y - 1) * syn) / (syn - rec)
                            : 1 - kept_z * (1 + passed / rec);
        x += from_y * y + (1 - kept_z) * (1 - x - y);
        y *= kept_y;
        u = P(TAU_FACIL) > 0 ? u * decay(-passed / P(TAU_FACIL)) : 0;
        u += use * (1 - u);
        active = u * x;
        table->variable[U_STATE][i] = u;
        table->variable[X_STATE][i] = x - active;
        table->variable[Y_STATE][i] = y + active;
        add_one(table, i, table->weight[i] * active, early, late, late_part);
    }
    s->last = time;
}

/* --- release by chance ---------------------------------------------------------------------- */

/* Two numbers in (0, 1) that belong to a synapse and one of its events. */
static inline void draw(const plastic_table *table, int64_t i, int64_t count, double number[2]) {
    uint64_t index = (uint64_t)table->number[i];
    uint32_t word[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)count, table->purpose};
    philox_4x32_10(word, (uint32_t)table->seed, (uint32_t)(table->seed >> 32));
    for (int k = 0; k < 2; k++) {
        uint64_t mantissa = ((uint64_t)word[2 * k] << 20) | (word[2 * k + 1] >> 12);
        number[k] = ((double)mantissa + 0.5) * 0x1p-52;
    }
}

static void transmit_stochastic(plastic_table *table, int64_t segment, REAL *early, REAL *late,
                                REAL late_part) {
    segment_state *s = &table->state[segment];
    const int64_t end = table->segments[segment + 1].first;
    for (int64_t i = table->segments[segment].first; i < end; i++) {
        double number[2];
        draw(table, i, s->count, number);
        if (number[0] < P(0)) add_one(table, i, table->weight[i], early, late, late_part);
    }
}

/* How many of n succeed with probability p, by inversion of one uniform number. */
static inline int binomial(int n, double p, double number) {
    if (p <= 0 || n == 0) return 0;
    if (p >= 1) return n;
    double odds = p / (1 - p), term = pow(1 - p, n);
    int k = 0;
    while (number > term && k < n) {
        number -= term;
        term *= odds * (n - k) / (k + 1);
        k++;
    }
    return k;
}

enum { Q_USE, Q_TAU_REC, Q_TAU_FACIL, Q_SITES };
enum { Q_U, Q_AVAILABLE };

/* Fuhrmann et al. (2002), Loebel et al. (2009): sites release with probability u and recover. */
static void transmit_quantal(plastic_table *table, int64_t segment, double time, REAL *early,
                             REAL *late, REAL late_part) {
    segment_state *s = &table->state[segment];
    const double passed = time - s->last;
    const int64_t end = table->segments[segment + 1].first;
    for (int64_t i = table->segments[segment].first; i < end; i++) {
        double number[2], u = table->variable[Q_U][i], use = P(Q_USE);
        int available = (int)table->variable[Q_AVAILABLE][i], sites = (int)P(Q_SITES), released;
        double kept = P(Q_TAU_REC) > 0 ? decay(-passed / P(Q_TAU_REC)) : 0;
        draw(table, i, s->count, number);
        u = use + u * (1 - use) * (P(Q_TAU_FACIL) > 0 ? decay(-passed / P(Q_TAU_FACIL)) : 0);
        available += binomial(sites - available, 1 - kept, number[0]);
        released = binomial(available, u, number[1]);
        table->variable[Q_U][i] = u;
        table->variable[Q_AVAILABLE][i] = available - released;
        if (released) add_one(table, i, table->weight[i] * released, early, late, late_part);
    }
    s->last = time;
}

/* --- events --------------------------------------------------------------------------------- */

static void transmit(plastic_table *table, int64_t segment, double time, const event_ring *to) {
    const double delay = table->segments[segment].delay, arrival = time + delay;
    int64_t slot = (int64_t)arrival;
    double late = arrival - slot;
    REAL *early_slot, *late_slot;
    if (late < ON_GRID) late = 0;
    else if (late > 1 - ON_GRID) late = 0, slot++;
    slot %= to->n_slots;
    early_slot = to->ring + slot * to->slot_stride;
    if (++slot == to->n_slots) slot = 0;
    late_slot = to->ring + slot * to->slot_stride;
    switch (table->rule) {
        case RULE_TSODYKS:
            transmit_tsodyks(table, segment, time, early_slot, late_slot, (REAL)late);
            break;
        case RULE_STOCHASTIC:
            transmit_stochastic(table, segment, early_slot, late_slot, (REAL)late);
            break;
        case RULE_QUANTAL:
            transmit_quantal(table, segment, time, early_slot, late_slot, (REAL)late);
            break;
        default:
            transmit_pairs(table, segment, time + table->early * delay, early_slot, late_slot,
                           (REAL)late);
    }
    table->state[segment].count++;
}

static int queue_append(event_queue *queue, int64_t segment, double time) {
    if (queue->size == queue->capacity) {
        int64_t capacity = queue->capacity ? 2 * queue->capacity : 256;
        int64_t *segments = realloc(queue->segment, capacity * sizeof(int64_t));
        if (segments) queue->segment = segments;
        double *times = realloc(queue->time, capacity * sizeof(double));
        if (times) queue->time = times;
        if (!segments || !times) return 0;
        queue->capacity = capacity;
    }
    queue->segment[queue->size] = segment;
    queue->time[queue->size++] = time;
    return 1;
}

/* Take events of a block: transmit them, or let them wait where a synapse may still have to see
 * postsynaptic spikes that lie ahead. */
static void take_events(plastic_table *table, int slice, int64_t first_source,
                        const int32_t *source, const double *time, int64_t n,
                        const event_ring *to) {
    const int64_t first_row = slice * table->n_sources + first_source;
    for (int64_t i = 0; i < n; i++) {
        int64_t segment = table->row_start[first_row + source[i]];
        int64_t end = table->row_start[first_row + source[i] + 1];
        for (; segment < end; segment++) {
            if (!table->history || table->early <= 0) transmit(table, segment, time[i], to);
            else if (!queue_append(&table->waiting[slice], segment, time[i])) table->failed = 1;
        }
    }
}

/* Transmit waiting events that arrive before the block that begins now is over. */
static void transmit_waiting(plastic_table *table, int slice, int64_t next_end,
                             const event_ring *to) {
    event_queue *queue = &table->waiting[slice];
    int64_t kept = 0;
    for (int64_t i = 0; i < queue->size; i++) {
        double arrival = queue->time[i] + table->segments[queue->segment[i]].delay;
        if ((int64_t)(arrival + ON_GRID) < next_end) {
            transmit(table, queue->segment[i], queue->time[i], to);
        } else {
            queue->segment[kept] = queue->segment[i];
            queue->time[kept++] = queue->time[i];
        }
    }
    queue->size = kept;
}

/* Until when postsynaptic spikes are sure to have been seen by all events so far, and by none that
 * comes. Events lie up to SETTLED_SLACK before the block that they belong to. */
#define SETTLED_SLACK 1e-3

static inline double settled(const plastic_table *table, double now, double delay) {
    return now + (table->early <= 0 ? table->early : table->early - 1) * delay - SETTLED_SLACK;
}

/* Keep the spikes of a slice's neurons for the synapses onto them. */
static void keep_spikes(plastic_table *table, const int32_t *neuron, const double *time,
                        int64_t n) {
    if (!table->history) return;
    const double tau = table->parameter[table->rule == RULE_PAIRS ? TAU_MINUS : V_TAU][0];
    for (int64_t i = 0; i < n; i++)
        if (!history_append(&table->history[neuron[i]], time[i], tau)) table->failed = 1;
}

static int longest_history(const plastic_table *table, int slice) {
    int longest = 0;
    for (int64_t k = table->first_neuron[slice]; k < table->first_neuron[slice + 1]; k++)
        if (table->history[k].size > longest) longest = table->history[k].size;
    return longest;
}

/* Where neurons of a slice keep many spikes, bring all synapses up to date and forget what they have
 * seen. What a weight goes through, and in which order, does not depend on when this is. */
static void settle(plastic_table *table, int slice, double now) {
    if (!table->history || longest_history(table, slice) <= table->limit[slice]) return;
    int64_t row = slice * table->n_sources;
    int64_t segment = table->row_start[row], end = table->row_start[row + table->n_sources];
    for (; segment < end; segment++) {
        double until = settled(table, now, table->segments[segment].delay);
        if (until <= table->state[segment].seen) continue;
        catch_up(table, segment, until, table->weight);
        table->state[segment].seen = until;
    }
    for (int64_t k = table->first_neuron[slice]; k < table->first_neuron[slice + 1]; k++)
        history_prune(&table->history[k], settled(table, now, table->longest_delay));
    int left = 2 * longest_history(table, slice);
    table->limit[slice] = left > HISTORY_LIMIT ? left : HISTORY_LIMIT;
}

#undef P
#endif
