/* Random numbers that depend on nothing but (seed, purpose, index, sub_index).
 *
 * Philox 4x32-10 of Salmon et al. (2011), "Parallel random numbers: as easy as 1, 2, 3",
 * doi 10.1145/2063384.2063405. Equal to the bit to pyNN_brainscales_emu/keyed_random.py:
 * counter = (index low, index high, sub_index, purpose), key = (seed low, seed high).
 */
#ifndef BRAINSCALES_EMU_PHILOX_H
#define BRAINSCALES_EMU_PHILOX_H

#include <stdint.h>

/* Runs the ten rounds on the four words of `word`, in place. */
static inline void philox_4x32_10(uint32_t word[4], uint32_t key_0, uint32_t key_1)
{
    for (int round = 0; round < 10; round++) {
        const uint64_t product_0 = (uint64_t)0xD2511F53u * word[0];
        const uint64_t product_1 = (uint64_t)0xCD9E8D57u * word[2];
        word[0] = (uint32_t)(product_1 >> 32) ^ word[1] ^ key_0;
        word[1] = (uint32_t)product_1;
        word[2] = (uint32_t)(product_0 >> 32) ^ word[3] ^ key_1;
        word[3] = (uint32_t)product_0;
        key_0 += 0x9E3779B9u;
        key_1 += 0xBB67AE85u;
    }
}

/* Returns a number in the open interval (0, 1), with 52 random bits. */
static inline double philox_uniform(uint64_t seed, uint32_t purpose, uint64_t index,
                                    uint32_t sub_index)
{
    uint32_t word[4] = {(uint32_t)index, (uint32_t)(index >> 32), sub_index, purpose};
    philox_4x32_10(word, (uint32_t)seed, (uint32_t)(seed >> 32));
    const uint64_t mantissa = ((uint64_t)word[0] << 20) | (word[1] >> 12);
    return ((double)mantissa + 0.5) * 0x1p-52;
}

#endif
