/*
 * fmt_args.c - the variable arguments of a format, in turn or by number.
 *
 * Arguments by number (%2$s) need no table of arguments, whose size would be a
 * limit.  To fetch the third argument, fmt_args_take passes over the arguments
 * from the first on; for the kind of each, it searches the format.
 */
#include "lib/fmt_args.h"

#include "lib/str.h"

/*
 * Fetch a double or long double among the variable arguments.  The calling
 * convention (RISC-V ABIs specification, ch. 2.2: variadic arguments are passed
 * as integers) makes a double 64 bits in an integer register, and a long double
 * 128 bits in two registers or in memory of that alignment.  On the host, whose
 * long double may have another format, the bits are copied.
 */
#if defined(__riscv)
static struct real
fetch_double(struct fmt_va *a)
{
	return real_from_binary64(va_arg(a->ap, uint64_t));
}

static struct real
fetch_long_double(struct fmt_va *a)
{
	unsigned __int128 bits = va_arg(a->ap, unsigned __int128);

	return real_from_binary128((uint64_t)(bits >> 64), (uint64_t)bits);
}
#else
static struct real
fetch_double(struct fmt_va *a)
{
	double   d = va_arg(a->ap, double);
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return real_from_binary64(bits);
}

static struct real
fetch_long_double(struct fmt_va *a)
{
	long double d = va_arg(a->ap, long double);
	uint64_t    bits[2] = { 0 };

	memcpy(bits, &d, sizeof(d));
	return __LDBL_MANT_DIG__ == 64 ?
	    real_from_x87((uint16_t)bits[1], bits[0]) :
	    real_from_binary128(bits[1], bits[0]);
}
#endif

static void
fetch(struct fmt_va *a, enum fmt_kind kind, union fmt_arg *arg)
{
	switch (kind) {
	case KIND_NONE:
		break;
	case KIND_INT:
		arg->word = (uint64_t)va_arg(a->ap, int);
		break;
	case KIND_WORD:
		arg->word = va_arg(a->ap, uint64_t);
		break;
	case KIND_DOUBLE:
		arg->real = fetch_double(a);
		break;
	case KIND_LONG_DOUBLE:
		arg->real = fetch_long_double(a);
		break;
	}
}

enum fmt_kind
fmt_kind_of(const struct fmt_spec *s)
{
	switch (s->conv) {
	case 'd':
	case 'i':
	case 'u':
	case 'o':
	case 'x':
	case 'X':
	case 'b':
	case 'B':
		return s->size == SIZE_LONG ? KIND_WORD : KIND_INT;
	case 'c':
		return KIND_INT;
	case 's':
	case 'p':
	case 'n':
		return KIND_WORD;
	case 'a':
	case 'A':
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		return s->long_double ? KIND_LONG_DOUBLE : KIND_DOUBLE;
	default:
		return KIND_NONE;
	}
}

/* Returns the kind of the n-th argument.  An argument that no conversion names
 * is taken for a word; the compiler refuses such a format. */
static enum fmt_kind
kind_of_arg(const struct fmt_args *all, int n)
{
	struct fmt_spec s;

	for (const char *at = all->fmt; (at = strchr(at, '%')) != NULL;) {
		at = fmt_read_spec(at + 1, &s);
		if (s.width_arg == n || s.precision_arg == n)
			return KIND_INT;
		if (s.value_arg == n && fmt_kind_of(&s) != KIND_NONE)
			return fmt_kind_of(&s);
	}
	return KIND_WORD;
}

void
fmt_args_take(struct fmt_args *all, int which, enum fmt_kind kind,
    union fmt_arg *arg)
{
	struct fmt_va a;

	if (which == ARG_NEXT) {
		fetch(&all->next, kind, arg);
		return;
	}
	va_copy(a.ap, all->first.ap);
	for (int i = 1; i < which; i++)
		fetch(&a, kind_of_arg(all, i), arg);
	fetch(&a, kind, arg);
	va_end(a.ap);
}
