/*
 * fmt_spec.c - reading a conversion; see fmt_spec.h.
 */
#include "lib/fmt_spec.h"

#include "lib/fmt.h"

/* Read a decimal number at *fmt and move *fmt behind it.  Returns the number,
 * at most FMT_FIELD_MAX. */
static int
read_number(const char **fmt)
{
	int n = 0;

	for (; **fmt >= '0' && **fmt <= '9'; (*fmt)++)
		n = MIN(n * 10 + (**fmt - '0'), (int)FMT_FIELD_MAX);
	return n;
}

/* Read "number$" at *fmt.  Returns the number, or ARG_NEXT if there is none. */
static int
read_arg(const char **fmt)
{
	const char *p = *fmt;
	int         n = read_number(&p);

	if (n == 0 || *p != '$')
		return ARG_NEXT;
	*fmt = p + 1;
	return n;
}

/* Read a number at *fmt and return it; or, if there is a '*', store which
 * argument the number is in *arg. */
static int
read_number_or_arg(const char **fmt, int *arg)
{
	*arg = ARG_ABSENT;
	if (**fmt != '*')
		return read_number(fmt);
	(*fmt)++;
	*arg = read_arg(fmt);
	return 0;
}

static const char *
read_flags(const char *fmt, struct fmt_spec *s)
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
		case '\'':		/* no locale groups digits here, */
		case 'I':		/* nor has other digits */
			break;
		default:
			return fmt;
		}
	}
}

static const char *
read_size(const char *fmt, struct fmt_spec *s)
{
	for (;; fmt++) {
		switch (*fmt) {
		case 'h':
			s->size = s->size == SIZE_SHORT ? SIZE_CHAR :
			    SIZE_SHORT;
			break;
		case 'L':
			s->long_double = true;
			s->size = SIZE_LONG;
			break;
		case 'l':
		case 'q':
		case 'j':
		case 'z':
		case 'Z':
		case 't':
			s->size = SIZE_LONG;
			break;
		default:
			return fmt;
		}
	}
}

const char *
fmt_read_spec(const char *fmt, struct fmt_spec *s)
{
	*s = (struct fmt_spec){ .size = SIZE_INT, .precision = -1 };
	s->value_arg = read_arg(&fmt);
	fmt = read_flags(fmt, s);
	s->width = read_number_or_arg(&fmt, &s->width_arg);
	s->precision_arg = ARG_ABSENT;
	if (*fmt == '.') {
		fmt++;
		s->precision = read_number_or_arg(&fmt, &s->precision_arg);
	}
	fmt = read_size(fmt, s);
	s->conv = *fmt;
	if (s->conv == 'C' || s->conv == 'S') {
		s->conv = s->conv == 'C' ? 'c' : 's';
		s->size = SIZE_LONG;
	}
	return *fmt != '\0' ? fmt + 1 : fmt;
}
