/*
 * fmt_real.c - %e, %f, %g and %a of a number in its parts (struct real).
 *
 * decimal.h produces the decimal digits one after the other.  They are looked
 * at twice.  The first pass decides the rounding: the digits behind the last
 * digit to be kept tell whether that digit goes up.  Numbers are rounded to the
 * nearest, and from the middle to the even digit, whatever the mode of the
 * floating-point unit.  A carry passes over the nines at the end and stops at
 * the last digit that is not 9, so one position describes it; if all digits are
 * nines, the result is a one and zeros, and the exponent is one more.  Then the
 * length of the field is known, and the second pass writes it.
 *
 * All digits that are asked for are right, be it 30 of them or a thousand.
 */
#include "lib/compiler.h"
#include "lib/decimal.h"
#include "lib/fmt_out.h"

enum { EXPONENT_MIN = -4, PRECISION = 6 };	/* of %g; the default */

/* A number rounded to some digits, with positions counted from its first digit.
 */
struct rounded {
	struct decimal decimal;
	int            exponent;	/* of the first digit, after rounding */
	int            last;		/* last digit that is not 0, or -1 */
	int            raised;		/* digit that rounding raises, or -1 */
	bool           carried;		/* all were nines: a power of 10 */
	int            at;		/* next digit to be written */
};

static void
rounded_init(struct rounded *n, const struct real *r, uint64_t *room)
{
	decimal_init(&n->decimal, r, room);
	n->exponent = n->decimal.exponent;
}

/* Round n to ndigits digits, counted from the first that is not 0.  If ndigits
 * is 0 or less, n may still round up to a digit. */
static void
round_to(struct rounded *n, int ndigits)
{
	struct decimal *d = &n->decimal;
	int             i, no_nine = -1;
	unsigned        digit = 0, next;

	n->last = n->raised = -1;
	n->carried = false;
	n->at = 0;
	for (i = 0; i < ndigits && !decimal_has_ended(d); i++) {
		digit = decimal_next(d);
		if (digit != 9)
			no_nine = i;
		if (digit != 0)
			n->last = i;
	}
	if (i == ndigits && !decimal_has_ended(d)) {
		next = decimal_next(d);
		if (next > 5 || (next == 5 &&
		    (digit % 2 != 0 || !decimal_has_ended(d)))) {
			n->raised = n->last = no_nine;
			n->carried = no_nine < 0;
		}
	}
	if (n->carried) {
		n->exponent++;
		n->last = 0;
	}
	if (n->last < 0)
		n->exponent = 0;
	decimal_rewind(d);
}

/* Collects characters for the sink. */
struct chars {
	struct fmt_out *out;
	int             len;
	char            text[48];
};

static void
chars_flush(struct chars *c)
{
	fmt_put(c->out, c->text, (size_t)c->len);
	c->len = 0;
}

static void
chars_put(struct chars *c, char ch)
{
	if (c->len == (int)sizeof(c->text))
		chars_flush(c);
	c->text[c->len++] = ch;
}

/* Write the next ndigits digits of n. */
static void
put_digits(struct chars *c, struct rounded *n, int ndigits)
{
	for (; ndigits > 0 && n->at <= n->last; ndigits--, n->at++)
		chars_put(c, n->carried ? '1' : (char)('0' +
		    decimal_next(&n->decimal) + (n->at == n->raised)));
	if (ndigits > 0) {
		chars_flush(c);
		fmt_put_repeated(c->out, '0', ndigits);
	}
}

/* Write n without an exponent, with precision digits behind the point. */
static void
put_fixed(struct fmt_out *out, const struct fmt_spec *s, struct rounded *n,
    int precision, const char *sign)
{
	struct chars c = { .out = out };
	bool         point = precision > 0 || s->alt;
	int          whole = MAX(n->exponent, 0) + 1;
	int          zeros = MIN(MAX(-n->exponent - 1, 0), precision), after;

	after = fmt_begin_field(out, s, sign, whole + point + precision);
	if (n->exponent < 0)
		chars_put(&c, '0');
	else
		put_digits(&c, n, whole);
	if (point)
		chars_put(&c, '.');
	chars_flush(&c);
	fmt_put_repeated(out, '0', zeros);
	put_digits(&c, n, precision - zeros);
	chars_flush(&c);
	fmt_put_repeated(out, ' ', after);
}

/* Write an exponent of at least ndigits digits, introduced by letter, into
 * text.  Returns the length. */
static int
make_exponent(char text[12], char letter, int exponent, int ndigits)
{
	char  buf[8], *end = buf + sizeof(buf);
	char *start = fmt_digits_before(end, (uint64_t)(exponent < 0 ?
	    -exponent : exponent), 10, false);
	int   len = 0;

	text[len++] = letter;
	text[len++] = exponent < 0 ? '-' : '+';
	while (end - start < ndigits)
		*--start = '0';
	while (start < end)
		text[len++] = *start++;
	return len;
}

/* Write n with an exponent, and precision digits behind the point. */
static void
put_scientific(struct fmt_out *out, const struct fmt_spec *s,
    struct rounded *n, int precision, const char *sign)
{
	struct chars c = { .out = out };
	bool         point = precision > 0 || s->alt;
	char         text[12];
	int          len = make_exponent(text, s->conv >= 'a' ? 'e' : 'E',
	    n->exponent, 2);
	int          after;

	after = fmt_begin_field(out, s, sign, 1 + point + precision + len);
	put_digits(&c, n, 1);
	if (point)
		chars_put(&c, '.');
	put_digits(&c, n, precision);
	chars_flush(&c);
	fmt_put(out, text, (size_t)len);
	fmt_put_repeated(out, ' ', after);
}

/* %g: write ndigits digits, without the zeros at the end, in fixed or
 * scientific notation, depending on the exponent. */
static void
put_general(struct fmt_out *out, const struct fmt_spec *s, struct rounded *n,
    int ndigits, const char *sign)
{
	int shown;

	round_to(n, ndigits);
	shown = s->alt ? ndigits : MAX(n->last + 1, 1);
	if (n->exponent < EXPONENT_MIN || n->exponent >= ndigits)
		put_scientific(out, s, n, shown - 1, sign);
	else
		put_fixed(out, s, n, MAX(shown - 1 - n->exponent, 0), sign);
}

/* Round the mantissa to ndigits hexadecimal digits behind the point. */
static void
round_binary(struct real *r, int ndigits)
{
	int               drop = r->fraction_bits - 4 * ndigits;
	unsigned __int128 half = (unsigned __int128)1 << (drop - 1);
	unsigned __int128 rest = r->mantissa & (2 * half - 1);

	r->mantissa >>= drop;
	if (rest > half || (rest == half && (r->mantissa & 1) != 0))
		r->mantissa++;
	r->exponent += drop;
	r->fraction_bits = 4 * ndigits;
	/* Keep one digit before the point.  Only the host's format, with four
	 * bits there, can get a second. */
	if (r->mantissa >> r->fraction_bits > 15) {
		r->mantissa >>= 4;
		r->exponent += 4;
	}
}

/* %a: write the mantissa in hexadecimal, as it is stored. */
static void
put_binary(struct fmt_out *out, const struct fmt_spec *s, struct real r)
{
	struct chars c = { .out = out };
	bool         upper = s->conv == 'A';
	const char  *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	const char  *sign = fmt_sign(s, r.negative);
	bool         is_zero = r.mantissa == 0;
	char         prefix[4] = { 0 }, text[12];
	int          precision = s->precision, ndigits, len = 0, after;

	if (*sign != '\0')
		prefix[len++] = *sign;
	prefix[len++] = '0';
	prefix[len] = upper ? 'X' : 'x';
	if (precision >= 0 && precision < r.fraction_bits / 4)
		round_binary(&r, precision);
	ndigits = r.fraction_bits / 4;
	while (precision < 0 && ndigits > 0 && ((unsigned)(r.mantissa >>
	    (r.fraction_bits - 4 * ndigits)) & 0xf) == 0)
		ndigits--;
	if (precision < 0)
		precision = ndigits;
	len = make_exponent(text, upper ? 'P' : 'p', is_zero ? 0 :
	    r.exponent + r.fraction_bits, 1);
	after = fmt_begin_field(out, s, prefix, 1 +
	    (precision > 0 || s->alt) + precision + len);
	chars_put(&c, set[(unsigned)(r.mantissa >> r.fraction_bits) & 0xf]);
	if (precision > 0 || s->alt)
		chars_put(&c, '.');
	for (int at = r.fraction_bits - 4; precision > 0; precision--, at -= 4)
		chars_put(&c, at < 0 ? '0' :
		    set[(unsigned)(r.mantissa >> at) & 0xf]);
	chars_flush(&c);
	fmt_put(out, text, (size_t)len);
	fmt_put_repeated(out, ' ', after);
}

/* Write an infinity, or what is not a number. */
static void
put_not_finite(struct fmt_out *out, const struct fmt_spec *s,
    const struct real *r)
{
	static const char *const names[2][2] = { { "INF", "NAN" },
		{ "inf", "nan" } };
	struct fmt_spec plain = *s;
	int             after;

	plain.zero = false;
	after = fmt_begin_field(out, &plain, fmt_sign(s, r->negative), 3);
	fmt_put(out, names[s->conv >= 'a'][r->kind == REAL_NAN], 3);
	fmt_put_repeated(out, ' ', after);
}

void
fmt_put_real(struct fmt_out *out, const struct fmt_spec *s,
    const struct real *r, uint64_t *room)
{
	struct rounded n;
	const char    *sign = fmt_sign(s, r->negative);
	int            precision = s->precision < 0 ? PRECISION : s->precision;

	if (r->kind != REAL_FINITE) {
		put_not_finite(out, s, r);
		return;
	}
	if (s->conv == 'a' || s->conv == 'A') {
		put_binary(out, s, *r);
		return;
	}
	rounded_init(&n, r, room);
	switch (s->conv) {
	case 'g':
	case 'G':
		put_general(out, s, &n, MAX(precision, 1), sign);
		break;
	case 'e':
	case 'E':
		round_to(&n, 1 + precision);
		put_scientific(out, s, &n, precision, sign);
		break;
	default:
		round_to(&n, n.exponent + 1 + precision);
		put_fixed(out, s, &n, precision, sign);
		break;
	}
}
