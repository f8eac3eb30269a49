/*
 * mem.c - the memory and string functions whose names belong to C.
 *
 * The compiler calls the mem* functions by itself, for struct copies and the
 * like, and fresh objects and pages are zeroed by memset.  So these functions
 * are written to take few instructions: an iteration of the inner loop sets 128
 * bytes or copies 64, with one store (and one load) per 8 bytes.
 *
 * All accesses are aligned: on real harts a misaligned access may trap to the
 * firmware and cost hundreds of instructions.  A copy between addresses that
 * differ modulo 8 reads aligned words and combines each pair of neighbours by
 * shifts.  It reads up to 7 bytes before and behind the source, but only in
 * words that contain a byte of the source, so never from another page.
 *
 * None of these functions calls another function, so ra always leads to their
 * caller: an interrupt can tell whether the caller is a program, and preempt
 * the program in the middle of a long copy (PREEMPT-1 in
 * runtime/sched/preempt.h).  Therefore all helpers here are INLINE;
 * tests/codegen checks the code that the compilers make of them.
 *
 * Host builds have these functions from their libc; tests/host/test_str.c tests
 * this file under other names.
 */
#include "lib/str.h"

#include "lib/compiler.h"

#if !HOST

/* A word that may alias objects of any type, as a byte may. */
typedef uint64_t __attribute__((may_alias)) word;

enum { WORD = sizeof(word), BLOCK = 8 * WORD };

/*
 * The compiler must not recognise in these functions the idioms that they
 * implement, or it would turn them into calls of themselves.  The address
 * sanitizer of the host test must not check them, because it would report the
 * bytes beside the source that they read on purpose.
 */
#if defined(__clang__)
#define MEM_FN __attribute__((no_builtin, no_sanitize("address")))
#else
#define MEM_FN                                                            \
	__attribute__((optimize("no-tree-loop-distribute-patterns"),      \
	    no_sanitize("address")))
#endif

/* Set len / WORD words from p on to w.  Returns the first byte behind them. */
MEM_FN INLINE uint8_t *
set_words(word *p, word w, size_t len)
{
	word *end = p + len / WORD;
	word *blocks_end = p + ROUND_DOWN(len, 2 * BLOCK) / WORD;

	for (; p < blocks_end; p += 16) {
		p[0] = w;
		p[1] = w;
		p[2] = w;
		p[3] = w;
		p[4] = w;
		p[5] = w;
		p[6] = w;
		p[7] = w;
		p[8] = w;
		p[9] = w;
		p[10] = w;
		p[11] = w;
		p[12] = w;
		p[13] = w;
		p[14] = w;
		p[15] = w;
	}
	while (p < end)
		*p++ = w;
	return (uint8_t *)p;
}

MEM_FN void *
memset(void *dst, int byte, size_t len)
{
	uint8_t *d = dst, *end = d + len, b = (uint8_t)byte;
	word     w = b;

	if (len >= 2 * WORD) {
		if (b != 0)
			w = 0x0101010101010101UL * b;
		while ((uintptr_t)d % WORD != 0)
			*d++ = b;
		d = set_words((word *)d, w, (size_t)(end - d));
	}
	while (d < end)
		*d++ = b;
	return dst;
}

/* Copy len bytes, a multiple of 8, upwards between aligned addresses. */
MEM_FN INLINE void
copy_words_up(word *d, const word *s, size_t len)
{
	for (; len >= BLOCK; len -= BLOCK, d += 8, s += 8) {
		word a = s[0], b = s[1], c = s[2], e = s[3];
		word f = s[4], g = s[5], h = s[6], i = s[7];

		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
		d[4] = f;
		d[5] = g;
		d[6] = h;
		d[7] = i;
	}
	for (; len > 0; len -= WORD)
		*d++ = *s++;
}

/*
 * Copy len bytes, a multiple of 8 and not 0, upwards to the aligned d from s,
 * which is not aligned.  The shifts assume a little-endian hart, as all harts
 * are that we run on.
 */
MEM_FN INLINE void
copy_shifted_up(word *d, const uint8_t *s, size_t len)
{
	unsigned    skew = (uintptr_t)s % WORD;
	unsigned    right = 8 * skew, left = 64 - right;
	const word *w = (const word *)(s - skew);
	word        low = *w++, high;

	for (; len >= 2 * WORD; len -= 2 * WORD, d += 2, w += 2) {
		high = w[0];
		d[0] = low >> right | high << left;
		low = w[1];
		d[1] = high >> right | low << left;
	}
	if (len > 0)
		*d = low >> right | *w << left;
}

/* Copy upwards, lowest byte first: correct also if s and d overlap and d is
 * below s. */
MEM_FN INLINE void
copy_up(uint8_t *d, const uint8_t *s, size_t len)
{
	if (len >= 2 * WORD) {
		for (; (uintptr_t)d % WORD != 0; len--)
			*d++ = *s++;

		size_t whole = ROUND_DOWN(len, WORD);

		if ((uintptr_t)s % WORD == 0)
			copy_words_up((word *)d, (const word *)s, whole);
		else if (whole > 0)
			copy_shifted_up((word *)d, s, whole);
		d += whole;
		s += whole;
		len -= whole;
	}
	while (len-- > 0)
		*d++ = *s++;
}

/* Copy downwards, highest byte first: correct also if s and d overlap and d is
 * above s.  Such copies are rare, so only those between addresses that are
 * equal modulo 8 are fast. */
MEM_FN INLINE void
copy_down(uint8_t *d, const uint8_t *s, size_t len)
{
	if (len >= 2 * WORD && ((uintptr_t)d ^ (uintptr_t)s) % WORD == 0) {
		for (; (uintptr_t)(d + len) % WORD != 0; len--)
			d[len - 1] = s[len - 1];
		for (; len >= 4 * WORD; len -= 4 * WORD) {
			word       *p = (word *)(d + len - 4 * WORD);
			const word *q = (const word *)(s + len - 4 * WORD);
			word        a = q[3], b = q[2], c = q[1], e = q[0];

			p[3] = a;
			p[2] = b;
			p[1] = c;
			p[0] = e;
		}
	}
	while (len-- > 0)
		d[len] = s[len];
}

MEM_FN void *
memcpy(void *restrict dst, const void *restrict src, size_t len)
{
	copy_up(dst, src, len);
	return dst;
}

MEM_FN void *
memmove(void *dst, const void *src, size_t len)
{
	/* If dst lies below src, the difference wraps and is large: one
	 * comparison covers both cases in which copy_up is correct. */
	if ((uintptr_t)dst - (uintptr_t)src >= len)
		copy_up(dst, src, len);
	else
		copy_down(dst, src, len);
	return dst;
}

MEM_FN int
memcmp(const void *a, const void *b, size_t len)
{
	const uint8_t *p = a, *q = b;

	if (((uintptr_t)p | (uintptr_t)q) % WORD == 0)
		for (; len >= WORD && *(const word *)p == *(const word *)q;
		     len -= WORD, p += WORD, q += WORD)
			continue;
	for (; len > 0; len--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

MEM_FN size_t
strlen(const char *s)
{
	size_t n = 0;

	while (s[n] != '\0')
		n++;
	return n;
}

int
strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++)
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *
strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (*s == '\0')
			return NULL;
	}
}

/* The time grows with the product of both lengths: for short strings only. */
MEM_FN char *
strstr(const char *s, const char *part)
{
	for (;; s++) {
		size_t n = 0;

		while (part[n] != '\0' && s[n] == part[n])
			n++;
		if (part[n] == '\0')
			return (char *)s;
		if (*s == '\0')
			return NULL;
	}
}

#endif /* !HOST */
