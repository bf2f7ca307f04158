/* The Mersenne Twister MT19937 of Matsumoto and Nishimura (1998), doi 10.1145/272991.272995: all
 * 624 words at once, in loops that the compiler vectorises.
 */
#ifndef MERSENNE_TWISTER_H
#define MERSENNE_TWISTER_H

#include <stdint.h>

#define MT_WORDS 624
#define MT_SHIFT 397

#define MT_INLINE static inline __attribute__((always_inline))

MT_INLINE uint32_t mt_mixed(uint32_t high, uint32_t low) {
    uint32_t y = (high & 0x80000000u) | (low & 0x7fffffffu);
    return (y >> 1) ^ (-(y & 1u) & 0x9908b0dfu);
}

MT_INLINE uint32_t mt_tempered(uint32_t y) {
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

MT_INLINE void mt_next_words(uint32_t *restrict key, uint32_t *restrict word) {
    int k;
    for (k = 0; k < MT_WORDS - MT_SHIFT; k++)
        key[k] = key[k + MT_SHIFT] ^ mt_mixed(key[k], key[k + 1]);
    for (; k < MT_WORDS - 1; k++)
        key[k] = key[k + MT_SHIFT - MT_WORDS] ^ mt_mixed(key[k], key[k + 1]);
    key[k] = key[MT_SHIFT - 1] ^ mt_mixed(key[k], key[0]);
    for (k = 0; k < MT_WORDS; k++) word[k] = mt_tempered(key[k]);
}

/* Mark the pairs of words whose first one, shifted as for a double, is at most a limit. */
MT_INLINE void mt_mark_pairs(const uint32_t *word, int n_pairs, uint32_t limit, uint8_t *mark) {
    for (int k = 0; k < n_pairs; k++) mark[k] = (word[2 * k] >> 5) <= limit;
}

static void mt_advance_baseline(uint32_t *key, uint32_t *word) { mt_next_words(key, word); }

static void mt_mark_baseline(const uint32_t *word, int n_pairs, uint32_t limit, uint8_t *mark) {
    mt_mark_pairs(word, n_pairs, limit, mark);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2"))) static void mt_advance_avx2(uint32_t *key, uint32_t *word) {
    mt_next_words(key, word);
}

__attribute__((target("avx2"))) static void mt_mark_avx2(const uint32_t *word, int n_pairs,
                                                         uint32_t limit, uint8_t *mark) {
    mt_mark_pairs(word, n_pairs, limit, mark);
}
#endif

static inline int mt_has_avx2(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") != 0;
#else
    return 0;
#endif
}

/* Replace the state by the next one, and give its words. */
static inline void mt_advance(uint32_t *key, uint32_t *word, int avx2) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (avx2) {
        mt_advance_avx2(key, word);
        return;
    }
#endif
    mt_advance_baseline(key, word);
}

static inline void mt_mark(const uint32_t *word, int n_pairs, uint32_t limit, uint8_t *mark,
                           int avx2) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (avx2) {
        mt_mark_avx2(word, n_pairs, limit, mark);
        return;
    }
#endif
    mt_mark_baseline(word, n_pairs, limit, mark);
}

/* Give the words of the present state. */
static inline void mt_words(const uint32_t *key, uint32_t *word) {
    for (int k = 0; k < MT_WORDS; k++) word[k] = mt_tempered(key[k]);
}

#endif
