/*
 * fmt.c - printf-style formatting without memory, locks or floating point.
 *
 * A conversion is read (fmt_spec.c), its argument is fetched (fmt_args.c), and
 * the result is laid out as a prefix ("-", "0x"), zeros and a body, in the same
 * way for all kinds.  Text goes to the sink in pieces, and the sink decides
 * what a piece costs.  fmt_real.c converts floating-point numbers.
 *
 * Every conversion that the compiler's check of formats accepts is supported.
 * Only a format that is not checked can have another conversion.  Such a
 * conversion is printed literally between %!( and ), so that the mistake is
 * visible; its argument, if there is one, is not consumed.
 */
#include "lib/fmt.h"

#include "lib/decimal.h"
#include "lib/fmt_args.h"
#include "lib/fmt_out.h"
#include "lib/str.h"

enum { DIGITS_MAX = 64 };	/* of a number in base 2 */

/* ---- Text --------------------------------------------------------------- */

void
fmt_put(struct fmt_out *out, const char *text, size_t len)
{
	if (len > 0)
		out->sink->write(out->sink, text, len);
	out->len += len;
}

void
fmt_put_repeated(struct fmt_out *out, char c, int n)
{
	static const char zeros[] = "00000000000000000000000000000000";
	static const char blanks[] = "                                ";
	const char       *from = c == '0' ? zeros : blanks;

	while (n > 0) {
		int now = MIN(n, (int)sizeof(zeros) - 1);

		fmt_put(out, from, (size_t)now);
		n -= now;
	}
}

int
fmt_begin_field(struct fmt_out *out, const struct fmt_spec *s,
    const char *prefix, int len)
{
	int prefix_len = (int)strlen(prefix);
	int pad = MAX(s->width - prefix_len - len, 0);

	if (!s->left && !s->zero)
		fmt_put_repeated(out, ' ', pad);
	fmt_put(out, prefix, (size_t)prefix_len);
	if (!s->left && s->zero)
		fmt_put_repeated(out, '0', pad);
	return s->left ? pad : 0;
}

/* Write a whole field of text that is not a number. */
static void
put_text(struct fmt_out *out, const struct fmt_spec *s, const char *text,
    int len)
{
	struct fmt_spec plain = *s;
	int             after;

	plain.zero = false;
	after = fmt_begin_field(out, &plain, "", len);
	fmt_put(out, text, (size_t)len);
	fmt_put_repeated(out, ' ', after);
}

/* ---- Integers ----------------------------------------------------------- */

const char *
fmt_sign(const struct fmt_spec *s, bool negative)
{
	return negative ? "-" : s->plus ? "+" : s->space ? " " : "";
}

char *
fmt_digits_before(char *end, uint64_t n, unsigned base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	do {
		*--end = set[n % base];
		n /= base;
	} while (n != 0);
	return end;
}

static void
put_integer(struct fmt_out *out, struct fmt_spec *s, uint64_t n,
    const char *prefix, unsigned base)
{
	char  buf[DIGITS_MAX], *end = buf + sizeof(buf);
	char *start = fmt_digits_before(end, n, base, s->conv == 'X');
	int   zeros = 0, len, after;

	if (s->precision == 0 && n == 0)
		start = end;		/* C: not a single digit */
	len = (int)(end - start);
	if (s->precision >= 0)
		s->zero = false;
	zeros = MAX(s->precision - len, 0);
	if (base == 8 && s->alt && zeros == 0 && (len == 0 || n != 0))
		zeros = 1;
	after = fmt_begin_field(out, s, prefix, zeros + len);
	fmt_put_repeated(out, '0', zeros);
	fmt_put(out, start, (size_t)len);
	fmt_put_repeated(out, ' ', after);
}

/* Returns the value of an integer argument before its promotion. */
static int64_t
signed_of(uint64_t word, enum fmt_size size)
{
	switch (size) {
	case SIZE_LONG:
		return (int64_t)word;
	case SIZE_SHORT:
		return (short)word;
	case SIZE_CHAR:
		return (signed char)word;
	case SIZE_INT:
		break;
	}
	return (int)word;
}

static uint64_t
unsigned_of(uint64_t word, enum fmt_size size)
{
	switch (size) {
	case SIZE_LONG:
		return word;
	case SIZE_SHORT:
		return (unsigned short)word;
	case SIZE_CHAR:
		return (unsigned char)word;
	case SIZE_INT:
		break;
	}
	return (unsigned)word;
}

static void
put_signed(struct fmt_out *out, struct fmt_spec *s, int64_t n)
{
	put_integer(out, s, n < 0 ? -(uint64_t)n : (uint64_t)n,
	    fmt_sign(s, n < 0), 10);
}

/* Write n in base 2 or 16, with the prefix if s asks for it. */
static void
put_unsigned(struct fmt_out *out, struct fmt_spec *s, uint64_t n,
    const char *prefix, unsigned base)
{
	put_integer(out, s, n, s->alt && n != 0 ? prefix : "", base);
}

/* ---- Strings and characters --------------------------------------------- */

static void
put_string(struct fmt_out *out, const struct fmt_spec *s, const char *text)
{
	int len = 0;

	if (text == NULL)
		text = "(null)";
	/* If there is a precision, text need not end in 0. */
	while ((s->precision < 0 || len < s->precision) && text[len] != '\0')
		len++;
	put_text(out, s, text, len);
}

/* Write code point c into text as UTF-8 (RFC 3629).  Returns the length.  A c
 * that is not a code point is written as U+FFFD, the replacement character. */
static int
encode(char text[4], uint32_t c)
{
	static const unsigned char first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	int                        len;

	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		text[0] = (char)c;
		return 1;
	}
	len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (int i = len - 1; i > 0; i--, c >>= 6)
		text[i] = (char)(0x80 | (c & 0x3f));
	text[0] = (char)(first[len] | c);
	return len;
}

/* Write a string of wide characters as UTF-8.  The precision counts bytes, but
 * only whole characters are written. */
static void
put_wide_string(struct fmt_out *out, const struct fmt_spec *s,
    const uint32_t *text)
{
	struct fmt_spec plain = *s;
	char            buf[4];
	int             n = 0, len = 0, after;

	if (text == NULL) {
		put_string(out, s, NULL);
		return;
	}
	while ((s->precision < 0 || len < s->precision) && text[n] != 0) {
		int more = encode(buf, text[n]);

		if (s->precision >= 0 && len + more > s->precision)
			break;
		len += more;
		n++;
	}
	plain.zero = false;
	after = fmt_begin_field(out, &plain, "", len);
	for (int i = 0; i < n; i++)
		fmt_put(out, buf, (size_t)encode(buf, text[i]));
	fmt_put_repeated(out, ' ', after);
}

static void
put_char(struct fmt_out *out, const struct fmt_spec *s, uint32_t c)
{
	char text[4] = { (char)c };

	put_text(out, s, text, s->size == SIZE_LONG ? encode(text, c) : 1);
}

/* %n: store the length of the text written so far. */
static void
store_len(const struct fmt_out *out, enum fmt_size size, void *to)
{
	switch (size) {
	case SIZE_LONG:
		*(long *)to = (long)out->len;
		return;
	case SIZE_SHORT:
		*(short *)to = (short)out->len;
		return;
	case SIZE_CHAR:
		*(signed char *)to = (signed char)out->len;
		return;
	case SIZE_INT:
		break;
	}
	*(int *)to = (int)out->len;
}

/* ---- Converting --------------------------------------------------------- */

/* The state of one call: the arguments not yet taken, and the text written. */
struct call {
	struct fmt_args args;
	struct fmt_out  out;
};

/* Take the arguments that give the width and the precision of s. */
static void
take_layout(struct call *c, struct fmt_spec *s)
{
	union fmt_arg arg;

	if (s->width_arg != ARG_ABSENT) {
		fmt_args_take(&c->args, s->width_arg, KIND_INT, &arg);
		s->width = (int)arg.word;
		if (s->width < 0) {
			s->left = true;
			s->width = s->width < -FMT_FIELD_MAX ? FMT_FIELD_MAX :
			    -s->width;
		}
	}
	if (s->precision_arg != ARG_ABSENT) {
		fmt_args_take(&c->args, s->precision_arg, KIND_INT, &arg);
		s->precision = (int)arg.word;
	}
	s->width = MIN(s->width, (int)FMT_FIELD_MAX);
	s->precision = MIN(s->precision, (int)FMT_FIELD_MAX);
}

/* This is a function of its own so that a double does not take the stack that a
 * long double needs. */
static NOINLINE void
put_double(struct fmt_out *out, const struct fmt_spec *s,
    const struct real *r)
{
	uint64_t room[DECIMAL_ROOM_64];

	fmt_put_real(out, s, r, room);
}

/* This takes 2 KiB of stack. */
static NOINLINE void
put_long_double(struct fmt_out *out, const struct fmt_spec *s,
    const struct real *r)
{
	uint64_t room[DECIMAL_ROOM_128];

	fmt_put_real(out, s, r, room);
}

/* Convert one argument.  Returns false if the conversion is unknown. */
static bool
put_conversion(struct call *c, struct fmt_spec *s)
{
	struct fmt_out *out = &c->out;
	enum fmt_kind   kind = fmt_kind_of(s);
	union fmt_arg   arg;

	take_layout(c, s);
	fmt_args_take(&c->args, s->value_arg, kind, &arg);
	switch (s->conv) {
	case 'd':
	case 'i':
		put_signed(out, s, signed_of(arg.word, s->size));
		return true;
	case 'u':
		put_unsigned(out, s, unsigned_of(arg.word, s->size), "", 10);
		return true;
	case 'x':
	case 'X':
		put_unsigned(out, s, unsigned_of(arg.word, s->size),
		    s->conv == 'x' ? "0x" : "0X", 16);
		return true;
	case 'b':
	case 'B':
		put_unsigned(out, s, unsigned_of(arg.word, s->size),
		    s->conv == 'b' ? "0b" : "0B", 2);
		return true;
	case 'o':
		put_integer(out, s, unsigned_of(arg.word, s->size), "", 8);
		return true;
	case 'p':
		put_integer(out, s, arg.word, "0x", 16);
		return true;
	case 'c':
		put_char(out, s, (uint32_t)arg.word);
		return true;
	case 's':
		if (s->size == SIZE_LONG)
			put_wide_string(out, s, (const uint32_t *)arg.word);
		else
			put_string(out, s, (const char *)arg.word);
		return true;
	case 'n':
		store_len(out, s->size, (void *)arg.word);
		return true;
	case 'm':		/* there is no errno, so the text is fixed */
		put_string(out, s, "Success");
		return true;
	case '%':
		fmt_put(out, "%", 1);
		return true;
	default:
		if (kind == KIND_NONE)
			return false;
		if (kind == KIND_LONG_DOUBLE)
			put_long_double(out, s, &arg.real);
		else
			put_double(out, s, &arg.real);
		return true;
	}
}

void
fmt_vwrite(struct fmt_sink *sink, const char *fmt, va_list ap)
{
	struct call     c = { .args.fmt = fmt, .out.sink = sink };
	struct fmt_spec s;

	va_copy(c.args.first.ap, ap);
	va_copy(c.args.next.ap, ap);
	while (*fmt != '\0') {
		const char *start = fmt;

		while (*fmt != '\0' && *fmt != '%')
			fmt++;
		fmt_put(&c.out, start, (size_t)(fmt - start));
		if (*fmt == '\0')
			break;
		start = fmt;
		fmt = fmt_read_spec(fmt + 1, &s);
		if (!put_conversion(&c, &s)) {
			fmt_put(&c.out, "%!(", 3);
			fmt_put(&c.out, start, (size_t)(fmt - start));
			fmt_put(&c.out, ")", 1);
		}
	}
	va_end(c.args.next.ap);
	va_end(c.args.first.ap);
}

/* A sink that stores in buf what fits there and counts all bytes. */
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
	return (int)MIN(b.len, (size_t)INT32_MAX);
}

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
