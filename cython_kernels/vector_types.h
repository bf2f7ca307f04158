/* Vectors of the instruction set LEVEL and what their instructions are called. */

#define VEC PASTE(vec, ISA)
#define MASK PASTE(mask, ISA)

#if LEVEL == 2
#define WIDTH (64 / (int)sizeof(REAL))
#if REAL_IS_FLOAT
typedef __m512 VEC;
typedef __mmask16 MASK;
#define OP(name) _mm512_##name##_ps
#define AT_LEAST(a, b) _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ)
#define ABOVE(a, b) _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ)
#define CHOOSE(mask, a, b) _mm512_mask_blend_ps(mask, b, a)
#else
typedef __m512d VEC;
typedef __mmask8 MASK;
#define OP(name) _mm512_##name##_pd
#define AT_LEAST(a, b) _mm512_cmp_pd_mask(a, b, _CMP_GE_OQ)
#define ABOVE(a, b) _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ)
#define CHOOSE(mask, a, b) _mm512_mask_blend_pd(mask, b, a)
#endif
#define EVERY(number) OP(set1)((REAL)(number))
#define LOAD(place) OP(loadu)(place)
#define KEEP(place, vector) OP(storeu)(place, vector)
#define FMA(a, b, c) OP(fmadd)(a, b, c)
#define FNMA(a, b, c) OP(fnmadd)(a, b, c)
#define SMALLER(a, b) OP(min)(a, b)
#define LARGER(a, b) OP(max)(a, b)
#define ROOT(a) OP(sqrt)(a)
#define EITHER(mask, other) ((MASK)((mask) | (other)))
#define BITS(mask) ((unsigned)(mask))
/* n is the nearest integer of z; e * 2^n. Whatever is out of range becomes 0 or infinite here. */
#define SPLIT_EXPONENT(z, n) VEC n = OP(roundscale)(z, _MM_FROUND_TO_NEAREST_INT)
#define TIMES_POWER(e, n) OP(scalef)(e, n)

#elif LEVEL == 1
#define WIDTH (32 / (int)sizeof(REAL))
#if REAL_IS_FLOAT
typedef __m256 VEC;
typedef __m256 MASK;
#define OP(name) _mm256_##name##_ps
#define TIMES_POWER(e, n) _mm256_mul_ps(e, _mm256_castsi256_ps(_mm256_slli_epi32( \
    _mm256_add_epi32(_mm256_castps_si256(n##_shifted), _mm256_set1_epi32(127 - 0x4B400000)), 23)))
#else
typedef __m256d VEC;
typedef __m256d MASK;
#define OP(name) _mm256_##name##_pd
#define TIMES_POWER(e, n) _mm256_mul_pd(e, _mm256_castsi256_pd(_mm256_slli_epi64( \
    _mm256_add_epi64(_mm256_castpd_si256(n##_shifted), \
                     _mm256_set1_epi64x(1023 - 0x4338000000000000LL)), 52)))
#endif
#define AT_LEAST(a, b) OP(cmp)(a, b, _CMP_GE_OQ)
#define ABOVE(a, b) OP(cmp)(a, b, _CMP_GT_OQ)
#define CHOOSE(mask, a, b) OP(blendv)(b, a, mask)
#define EVERY(number) OP(set1)((REAL)(number))
#define LOAD(place) OP(loadu)(place)
#define KEEP(place, vector) OP(storeu)(place, vector)
#define FMA(a, b, c) OP(fmadd)(a, b, c)
#define FNMA(a, b, c) OP(fnmadd)(a, b, c)
#define SMALLER(a, b) OP(min)(a, b)
#define LARGER(a, b) OP(max)(a, b)
#define ROOT(a) OP(sqrt)(a)
#define EITHER(mask, other) OP(or)(mask, other)
#define BITS(mask) ((unsigned)OP(movemask)(mask))

#else /* the compiler's own vectors of 16 bytes */
#define WIDTH (16 / (int)sizeof(REAL))
typedef REAL VEC __attribute__((vector_size(16), may_alias));
typedef INTEGER MASK __attribute__((vector_size(16), may_alias));
typedef REAL PASTE(loose, ISA) __attribute__((vector_size(16), may_alias, aligned(sizeof(REAL))));
static inline unsigned mask_bits(MASK mask) {
    unsigned bits = 0;
    for (int i = 0; i < WIDTH; i++) bits |= (unsigned)(mask[i] & 1) << i;
    return bits;
}
static inline VEC vector_root(VEC a) {
    for (int i = 0; i < WIDTH; i++) a[i] = (REAL)sqrt(a[i]);
    return a;
}
#define AT_LEAST(a, b) ((MASK)((a) >= (b)))
#define ABOVE(a, b) ((MASK)((a) > (b)))
#define CHOOSE(mask, a, b) ((VEC)(((mask) & (MASK)(a)) | (~(mask) & (MASK)(b))))
#define EVERY(number) ((REAL)(number) - (VEC){0})
#define LOAD(place) ((VEC)*(const PASTE(loose, ISA) *)(place))
#define KEEP(place, vector) (*(PASTE(loose, ISA) *)(place) = (vector))
#define FMA(a, b, c) ((a) * (b) + (c))
#define FNMA(a, b, c) ((c) - (a) * (b))
#define SMALLER(a, b) CHOOSE((a) < (b), a, b)
#define LARGER(a, b) CHOOSE((a) > (b), a, b)
#define ROOT(a) vector_root(a)
#define EITHER(mask, other) ((mask) | (other))
#if defined(__SSE2__) && REAL_IS_FLOAT
#define BITS(mask) ((unsigned)_mm_movemask_ps((__m128)(mask)))
#elif defined(__SSE2__)
#define BITS(mask) ((unsigned)_mm_movemask_pd((__m128d)(mask)))
#else
#define BITS(mask) mask_bits(mask)
#endif
#if REAL_IS_FLOAT
#define TIMES_POWER(e, n) \
    ((e) * (VEC)(((MASK)(n##_shifted) - 0x4B400000 + 127) << 23))
#else
#define TIMES_POWER(e, n) \
    ((e) * (VEC)(((MASK)(n##_shifted) - 0x4338000000000000LL + 1023) << 52))
#endif
#endif

#define ZERO EVERY(0)
#define ONE EVERY(1)

#if LEVEL < 2
/* 1.5 * 2^23 (2^52): added to a small number it leaves the nearest integer in the mantissa. */
#if REAL_IS_FLOAT
#define MAGIC EVERY(12582912.0f)
#else
#define MAGIC EVERY(6755399441055744.0)
#endif
#define SPLIT_EXPONENT(z, n) \
    z = SMALLER(LARGER(z, EVERY(-100)), EVERY(10)); \
    VEC n##_shifted = z + MAGIC, n = n##_shifted - MAGIC
#endif
