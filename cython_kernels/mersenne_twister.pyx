"""The stream of numbers of NumPy's `RandomState`, consumed in bulk.

The state is that of `RandomState.get_state`: 624 words (`key`) and the number of those used
(`position`). Each function takes it on exactly as the method of `RandomState` does.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef extern from "mersenne_twister.h" nogil:
    enum:
        MT_WORDS
    void mt_words(const uint32_t *key, uint32_t *word)
    void mt_advance(uint32_t *key, uint32_t *word, int avx2)
    void mt_mark(const uint32_t *word, int n_pairs, uint32_t limit, uint8_t *mark, int avx2)
    int mt_has_avx2()

cdef enum:
    PAIRS = 312  # of words in a state


cdef struct Stream:
    uint32_t *key
    uint32_t word[MT_WORDS]
    int position
    int avx2


cdef inline uint32_t next_word(Stream *stream) noexcept nogil:
    if stream.position == MT_WORDS:
        mt_advance(stream.key, stream.word, stream.avx2)
        stream.position = 0
    stream.position += 1
    return stream.word[stream.position - 1]


cdef inline uint64_t mantissa(uint32_t first, uint32_t second) noexcept nogil:
    """Return the 53 bits that RandomState makes a double in [0, 1) of."""
    return ((<uint64_t>(first >> 5)) << 26) | (second >> 6)


cdef inline uint32_t ones(uint32_t number) noexcept nogil:
    """Return the smallest 2**k - 1 that is no smaller than a number."""
    number |= number >> 1
    number |= number >> 2
    number |= number >> 4
    number |= number >> 8
    return number | number >> 16


def below(
    uint32_t[::1] key,  # IN-OUT
    int position,
    int64_t n,
    uint64_t limit,
    int64_t[::1] found,  # OUT
):
    """Draw doubles in [0, 1) and find those below a limit.

    Parameters
    ----------
    key, position
        State; `position` 0 to 624.
    n : int
        Doubles to draw.
    limit : int
        In units of 2**-53.
    found : (n,) int64, filled
        Numbers of the draws below the limit.

    Returns
    -------
    n_found, position : int
    """
    cdef Stream stream
    cdef uint8_t mark[PAIRS + 8]  # read by eights
    cdef uint64_t eight
    cdef const uint32_t *word
    cdef uint32_t first, high = <uint32_t>(limit >> 26)
    cdef int64_t drawn = 0, n_found = 0
    cdef int pairs, k, i
    stream.key, stream.position, stream.avx2 = &key[0], position, mt_has_avx2()
    with nogil:
        mt_words(stream.key, stream.word)
        memset(mark, 0, sizeof(mark))
        while drawn < n:
            if stream.position >= MT_WORDS - 1:  # the words of one draw may be of two states
                first = next_word(&stream)
                if mantissa(first, next_word(&stream)) < limit:
                    found[n_found] = drawn
                    n_found += 1
                drawn += 1
                continue
            pairs = <int>min((MT_WORDS - stream.position) // 2, n - drawn)
            word = &stream.word[stream.position]
            mt_mark(word, pairs, high, mark, stream.avx2)
            for k in range(0, pairs, 8):
                memcpy(&eight, mark + k, 8)
                if not eight:
                    continue
                for i in range(k, min(k + 8, pairs)):
                    if mark[i] and mantissa(word[2 * i], word[2 * i + 1]) < limit:
                        found[n_found] = drawn + i
                        n_found += 1
            drawn += pairs
            stream.position += 2 * pairs
    return n_found, stream.position


def permuted(
    uint32_t[::1] key,  # IN-OUT
    int position,
    uint32_t[::1] deck,  # WORK
    int64_t[:, ::1] first,  # OUT
):
    """Shuffle the numbers 0..n-1 again and again, and keep the first ones of each shuffle.

    Parameters
    ----------
    key, position
        State; `position` 0 to 624.
    deck : (n,) uint32
        Work space.
    first : (n_rows, n_kept) int64, filled
        The first numbers of each permutation.

    Returns
    -------
    position : int

    Notes
    -----
    RandomState exchanges entry i with entry j <= i, for i from the last to the second. It draws j
    as the lowest bits of a word until they are no larger than i. Here a draw that is too large
    exchanges entry i with itself, as a branch on it would be mispredicted every fourth time.
    """
    cdef Stream stream
    cdef int64_t row, k, n = deck.shape[0], n_kept = first.shape[1]
    cdef uint32_t i, j, mask, taken, held
    stream.key, stream.position, stream.avx2 = &key[0], position, mt_has_avx2()
    with nogil:
        mt_words(stream.key, stream.word)
        for row in range(first.shape[0]):
            for k in range(n):
                deck[k] = <uint32_t>k
            i = <uint32_t>(n - 1) if n else 0
            while i:
                mask = ones(i)
                while i > mask >> 1:
                    j = next_word(&stream) & mask
                    taken = j <= i
                    j = j if taken else i
                    held = deck[i]
                    deck[i] = deck[j]
                    deck[j] = held
                    i -= taken
            for k in range(n_kept):
                first[row, k] = deck[k]
    return stream.position
