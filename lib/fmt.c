/*
 * fmt.c - printf-style formatting without memory, locks or floating point.
 *
 * A conversion is read into a struct spec, turned into a prefix ("-", "0x"), a
 * run of leading zeros and a body, and laid out once for all kinds.  Text goes
 * to the sink in pieces; the sink decides what a piece costs.
 *
 * %f is exact.  The bits of the double are taken apart into a whole part and a
 * 128-bit binary fraction; digits come out by multiplying the fraction by ten.
 * No instruction touches a floating-point register: traps may print, and traps
 * save integer registers only.
 *
 * Unknown conversions are printed as they stand between %!( and ), so that a
 * mistake is seen; their argument, if there is one, is not consumed.
 */
#include "lib/fmt.h"

#include "lib/str.h"

/*
 * A double among the variable arguments.  Our calling convention (RISC-V ABIs
 * specification, ch. 2.2: variadic arguments are passed as integers) makes it
 * 64 bits of an integer register; on the host we copy the bits.
 */
struct args {
	va_list ap;
};

#if defined(__riscv)
INLINE uint64_t
arg_double(struct args *a)
{
	return va_arg(a->ap, uint64_t);
}
#else
INLINE uint64_t
arg_double(struct args *a)
{
	double   d = va_arg(a->ap, double);
	uint64_t bits;

	__builtin_memcpy(&bits, &d, sizeof(bits));
	return bits;
}
#endif

enum size { SIZE_INT, SIZE_LONG, SIZE_SHORT, SIZE_CHAR };

/* One conversion, as written. */
struct spec {
	bool      left, zero, plus, space, alt;
	int       width;		/* at least so many characters */
	int       precision;		/* -1: not given */
	enum size size;
	char      conv;
};

/* The parts of a converted number: prefix, then zeros '0's, then text. */
struct parts {
	const char *prefix;
	int         zeros;
	const char *text;
	int         len;
	int         trailing;		/* '0's after text */
};

enum {
	DIGITS_MAX = 24,	/* a 64-bit number in octal, and the end */
	LIMBS = 35,		/* base 10^9 digits of the largest double */
	FRACTION_MAX = 40,	/* digits of a fraction; then zeros */
	WIDTH_MAX = 4096,	/* no more padding than this */
};

static void
put_repeated(struct fmt_sink *sink, char c, int n)
{
	static const char zeros[] = "00000000000000000000000000000000";
	static const char blanks[] = "                                ";
	const char       *from = c == '0' ? zeros : blanks;

	while (n > 0) {
		int now = MIN(n, (int)sizeof(zeros) - 1);

		sink->write(sink, from, (size_t)now);
		n -= now;
	}
}

/* Lay p out in the width of s. */
static void
put_parts(struct fmt_sink *sink, const struct spec *s, const struct parts *p)
{
	int prefix = (int)strlen(p->prefix);
	int zeros = p->zeros;
	int pad = s->width - prefix - zeros - p->len - p->trailing;

	if (s->zero && !s->left && pad > 0) {
		zeros += pad;
		pad = 0;
	}
	if (!s->left)
		put_repeated(sink, ' ', pad);
	if (prefix > 0)
		sink->write(sink, p->prefix, (size_t)prefix);
	put_repeated(sink, '0', zeros);
	if (p->len > 0)
		sink->write(sink, p->text, (size_t)p->len);
	put_repeated(sink, '0', p->trailing);
	if (s->left)
		put_repeated(sink, ' ', pad);
}

static const char *
sign_prefix(const struct spec *s, bool negative)
{
	return negative ? "-" : s->plus ? "+" : s->space ? " " : "";
}

/* Write n in the given base so that it ends before end; returns its start. */
static char *
digits_before(char *end, uint64_t n, unsigned base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	do {
		*--end = set[n % base];
		n /= base;
	} while (n != 0);
	return end;
}

static void
put_integer(struct fmt_sink *sink, struct spec *s, uint64_t n,
    const char *prefix, unsigned base)
{
	char         buf[DIGITS_MAX], *end = buf + sizeof(buf);
	char        *start = digits_before(end, n, base, s->conv == 'X');
	struct parts p = { .prefix = prefix };

	if (s->precision == 0 && n == 0)
		start = end;		/* C: no digit at all */
	p.text = start;
	p.len = (int)(end - start);
	if (s->precision >= 0)
		s->zero = false;
	if (s->precision > p.len)
		p.zeros = s->precision - p.len;
	if (base == 8 && s->alt && p.zeros == 0 && (p.len == 0 || n != 0))
		p.zeros = 1;
	put_parts(sink, s, &p);
}

static int64_t
arg_signed(struct args *a, enum size size)
{
	switch (size) {
	case SIZE_LONG:
		return va_arg(a->ap, long);
	case SIZE_SHORT:
		return (short)va_arg(a->ap, int);
	case SIZE_CHAR:
		return (signed char)va_arg(a->ap, int);
	case SIZE_INT:
		break;
	}
	return va_arg(a->ap, int);
}

static uint64_t
arg_unsigned(struct args *a, enum size size)
{
	switch (size) {
	case SIZE_LONG:
		return va_arg(a->ap, unsigned long);
	case SIZE_SHORT:
		return (unsigned short)va_arg(a->ap, unsigned);
	case SIZE_CHAR:
		return (unsigned char)va_arg(a->ap, unsigned);
	case SIZE_INT:
		break;
	}
	return va_arg(a->ap, unsigned);
}

static void
put_string(struct fmt_sink *sink, const struct spec *s, const char *text)
{
	struct parts p = { .prefix = "" };
	struct spec  plain = *s;

	p.text = text != NULL ? text : "(null)";
	/* With a precision the text need not end in 0. */
	while ((s->precision < 0 || p.len < s->precision) &&
	    p.text[p.len] != '\0')
		p.len++;
	plain.zero = false;
	put_parts(sink, &plain, &p);
}

/* A finite double: whole + fraction / 2^128, and whether less than that was
 * cut off. */
struct real {
	uint32_t          limb[LIMBS];	/* whole part, lowest first */
	int               nlimbs;
	unsigned __int128 fraction;
	bool              sticky;
};

enum { LIMB_BASE = 1000000000 };

/* Multiply the whole part of r by 2^shift. */
static void
real_shift_whole(struct real *r, int shift)
{
	while (shift > 0) {
		int      now = MIN(shift, 29);
		uint64_t carry = 0;

		for (int i = 0; i < r->nlimbs; i++) {
			carry += (uint64_t)r->limb[i] << now;
			r->limb[i] = (uint32_t)(carry % LIMB_BASE);
			carry /= LIMB_BASE;
		}
		if (carry != 0)
			r->limb[r->nlimbs++] = (uint32_t)carry;
		shift -= now;
	}
}

/* Set the whole part of r to n. */
static void
real_set_whole(struct real *r, uint64_t n)
{
	r->nlimbs = 0;
	do {
		r->limb[r->nlimbs++] = (uint32_t)(n % LIMB_BASE);
		n /= LIMB_BASE;
	} while (n != 0);
}

/* Take the magnitude of a finite double apart (IEEE 754-2008, 3.4). */
static void
real_from_bits(struct real *r, uint64_t bits)
{
	int      biased = (int)(bits >> 52 & 0x7ff);
	uint64_t mantissa = bits & ((1UL << 52) - 1);
	int      exponent;	/* the value is mantissa * 2^exponent */

	if (biased != 0)
		mantissa |= 1UL << 52;
	exponent = (biased != 0 ? biased : 1) - 1075;

	r->fraction = 0;
	r->sticky = false;
	if (exponent >= 0) {
		real_set_whole(r, mantissa);
		real_shift_whole(r, exponent);
	} else if (exponent > -64) {
		real_set_whole(r, mantissa >> -exponent);
		r->fraction = (unsigned __int128)mantissa << (128 + exponent);
	} else {
		real_set_whole(r, 0);
		if (exponent >= -128) {
			r->fraction = (unsigned __int128)mantissa
			    << (128 + exponent);
		} else if (exponent > -192) {
			r->fraction = mantissa >> (-128 - exponent);
			r->sticky = mantissa << (192 + exponent) != 0;
		} else {
			r->sticky = mantissa != 0;
		}
	}
}

/* The next decimal digit of the fraction, which is then multiplied by 10. */
static unsigned
real_next_digit(struct real *r)
{
	unsigned __int128 low = (uint64_t)r->fraction;
	unsigned __int128 high = r->fraction >> 64;

	low *= 10;
	high = high * 10 + (low >> 64);
	r->fraction = high << 64 | (uint64_t)low;
	return (unsigned)(high >> 64);
}

/* Does what is left of the fraction round away from zero?  Half goes to even,
 * odd being about the digit before. */
static bool
real_rounds_up(const struct real *r, bool odd)
{
	unsigned __int128 half = (unsigned __int128)1 << 127;

	return r->fraction > half ||
	    (r->fraction == half && (r->sticky || odd));
}

/* Add one to the decimal number in text[0 .. len), which may hold one '.'.
 * Returns false if it was all nines: it is all zeros now. */
static bool
increment_decimal(char *text, int len)
{
	for (int i = len - 1; i >= 0; i--) {
		if (text[i] == '.')
			continue;
		if (text[i] != '9') {
			text[i]++;
			return true;
		}
		text[i] = '0';
	}
	return false;
}

static void
put_double(struct fmt_sink *sink, struct spec *s, uint64_t bits)
{
	char         buf[1 + LIMBS * 9 + 1 + FRACTION_MAX];
	char        *start, *end;
	struct real  r;
	struct parts p = { .prefix = sign_prefix(s, bits >> 63 != 0) };
	int          precision = s->precision < 0 ? 6 : s->precision;

	if ((bits >> 52 & 0x7ff) == 0x7ff) {
		s->zero = false;
		p.text = bits << 12 != 0 ? "nan" : "inf";
		p.len = 3;
		put_parts(sink, s, &p);
		return;
	}

	real_from_bits(&r, bits);
	/* The whole part: a 0 for a carry, then 9 digits from each limb. */
	end = start = buf;
	for (int i = r.nlimbs; i >= 0; i--) {
		uint32_t limb = i == r.nlimbs ? 0 : r.limb[i];
		int      width = i == r.nlimbs ? 1 : 9;

		for (int j = width - 1; j >= 0; j--, limb /= 10)
			end[j] = (char)('0' + limb % 10);
		end += width;
	}
	char *point = end;

	if (precision > 0 || s->alt)
		*end++ = '.';
	for (int i = 0; i < MIN(precision, (int)FRACTION_MAX); i++)
		*end++ = (char)('0' + real_next_digit(&r));

	char last = end[-1] == '.' ? point[-1] : end[-1];

	if (real_rounds_up(&r, (last - '0') % 2 != 0))
		(void)increment_decimal(start, (int)(end - start));
	while (start + 1 < point && *start == '0')
		start++;
	p.text = start;
	p.len = (int)(end - start);
	if (precision > FRACTION_MAX)
		p.trailing = precision - FRACTION_MAX;
	put_parts(sink, s, &p);
}

/* Read a decimal number at *fmt, or an argument if there is a '*'. */
static int
read_number(const char **fmt, struct args *a)
{
	int n = 0;

	if (**fmt == '*') {
		(*fmt)++;
		return va_arg(a->ap, int);
	}
	for (; **fmt >= '0' && **fmt <= '9'; (*fmt)++)
		n = MIN(n * 10 + (**fmt - '0'), (int)WIDTH_MAX);
	return n;
}

static const char *
read_flags(const char *fmt, struct spec *s)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			s->left = true;
			break;
		case '0':
			s->zero = true;
			break;
		case '+':
			s->plus = true;
			break;
		case ' ':
			s->space = true;
			break;
		case '#':
			s->alt = true;
			break;
		default:
			return fmt;
		}
	}
}

/* Read the conversion behind a %; returns what follows it. */
static const char *
read_spec(const char *fmt, struct spec *s, struct args *a)
{
	fmt = read_flags(fmt, s);
	s->width = read_number(&fmt, a);
	if (s->width < 0) {
		s->left = true;
		s->width = s->width < -WIDTH_MAX ? WIDTH_MAX : -s->width;
	}
	s->width = MIN(s->width, (int)WIDTH_MAX);
	s->precision = -1;
	if (*fmt == '.') {
		fmt++;
		s->precision = MIN(read_number(&fmt, a), (int)WIDTH_MAX);
	}

	/* long, long long, size_t, ptrdiff_t and intmax_t are all 64 bits. */
	for (;; fmt++) {
		if (*fmt == 'l' || *fmt == 'z' || *fmt == 't' || *fmt == 'j')
			s->size = SIZE_LONG;
		else if (*fmt != 'h')
			break;
		else if (s->size == SIZE_SHORT)
			s->size = SIZE_CHAR;
		else
			s->size = SIZE_SHORT;
	}
	s->conv = *fmt;
	return *fmt != '\0' ? fmt + 1 : fmt;
}

static void
put_signed(struct fmt_sink *sink, struct spec *s, int64_t n)
{
	put_integer(sink, s, n < 0 ? -(uint64_t)n : (uint64_t)n,
	    sign_prefix(s, n < 0), 10);
}

static void
put_hex(struct fmt_sink *sink, struct spec *s, uint64_t n)
{
	const char *prefix = s->conv == 'X' ? "0X" : "0x";

	put_integer(sink, s, n, s->alt && n != 0 ? prefix : "", 16);
}

/* Convert one argument; false if the conversion is unknown. */
static bool
put_conversion(struct fmt_sink *sink, struct spec *s, struct args *a)
{
	char c;

	switch (s->conv) {
	case 'd':
	case 'i':
		put_signed(sink, s, arg_signed(a, s->size));
		return true;
	case 'u':
		put_integer(sink, s, arg_unsigned(a, s->size), "", 10);
		return true;
	case 'x':
	case 'X':
		put_hex(sink, s, arg_unsigned(a, s->size));
		return true;
	case 'o':
		put_integer(sink, s, arg_unsigned(a, s->size), "", 8);
		return true;
	case 'p':
		put_integer(sink, s, (uintptr_t)va_arg(a->ap, void *), "0x",
		    16);
		return true;
	case 'c':
		c = (char)va_arg(a->ap, int);
		s->zero = false;
		put_parts(sink, s,
		    &(struct parts){ .prefix = "", .text = &c, .len = 1 });
		return true;
	case 's':
		put_string(sink, s, va_arg(a->ap, const char *));
		return true;
	case 'f':
	case 'F':
		put_double(sink, s, arg_double(a));
		return true;
	case '%':
		sink->write(sink, "%", 1);
		return true;
	default:
		return false;
	}
}

/* Format into sink.  Any context. */
void
fmt_vwrite(struct fmt_sink *sink, const char *fmt, va_list ap)
{
	struct args a;

	va_copy(a.ap, ap);
	while (*fmt != '\0') {
		const char *start = fmt;
		struct spec s = { .size = SIZE_INT };

		while (*fmt != '\0' && *fmt != '%')
			fmt++;
		if (fmt > start)
			sink->write(sink, start, (size_t)(fmt - start));
		if (*fmt == '\0')
			break;
		start = fmt;
		fmt = read_spec(fmt + 1, &s, &a);
		if (!put_conversion(sink, &s, &a)) {
			sink->write(sink, "%!(", 3);
			sink->write(sink, start, (size_t)(fmt - start));
			sink->write(sink, ")", 1);
		}
	}
	va_end(a.ap);
}

/* The same with the arguments spelled out. */
void
fmt_write(struct fmt_sink *sink, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fmt_vwrite(sink, fmt, ap);
	va_end(ap);
}

/* A sink that keeps what fits into a buffer and counts everything. */
struct buffer_sink {
	struct fmt_sink sink;
	char           *buf;
	size_t          size;
	size_t          len;
};

static void
buffer_write(struct fmt_sink *sink, const char *text, size_t len)
{
	struct buffer_sink *b = CONTAINER_OF(sink, struct buffer_sink, sink);

	if (b->len < b->size)
		memcpy(b->buf + b->len, text, MIN(len, b->size - b->len));
	b->len += len;
}

/* C's vsnprintf: at most size bytes with the final 0 (if size > 0); returns
 * the length that the whole text has. */
int
fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct buffer_sink b = {
		.sink = { .write = buffer_write },
		.buf = buf,
		.size = size,
	};

	fmt_vwrite(&b.sink, fmt, ap);
	if (size > 0)
		buf[MIN(b.len, size - 1)] = '\0';
	return (int)b.len;
}

/* C's snprintf. */
int
fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int     len;

	va_start(ap, fmt);
	len = fmt_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return len;
}
