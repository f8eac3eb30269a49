/*
 * ubsan.c - arithmetic that RISC-V lets pass and Go does not.
 *
 * Division by zero yields -1 and an index knows no bounds.  Programs (APP=) are
 * compiled with -fsanitize=integer-divide-by-zero,bounds: the compiler checks,
 * and calls these functions, whose names and arguments are its own (the data
 * layouts are those of gcc's libsanitizer and clang's compiler-rt, "type
 * mismatch" version 1), when the check fails.
 */
#include "include/antler.h"
#include "lib/compiler.h"
#include "runtime/fail/gopanic.h"

struct ubsan_location {
	const char *file;
	uint32_t    line;
	uint32_t    column;
};

struct ubsan_type {
	uint16_t kind;		/* 0: integer */
	uint16_t info;		/* integer: bit 0 signed, above log2 of width */
	char     name[];	/* 'int [4]' */
};

struct ubsan_overflow {
	struct ubsan_location    where;
	const struct ubsan_type *type;
};

struct ubsan_bounds {
	struct ubsan_location    where;
	const struct ubsan_type *array;
	const struct ubsan_type *index;
};

/* The compilers' calls; they return never, since programs are compiled with
 * -fno-sanitize-recover. */
NORETURN void __ubsan_handle_divrem_overflow_abort(struct ubsan_overflow *what,
    uintptr_t left, uintptr_t right);
NORETURN void __ubsan_handle_out_of_bounds_abort(struct ubsan_bounds *what,
    uintptr_t index);

/* Sign-extend an index of a type narrower than 64 bits. */
static int64_t
value_of(const struct ubsan_type *type, uintptr_t raw)
{
	unsigned width = 1u << (type->info >> 1);

	if (type->kind != 0 || width >= 64)
		return (int64_t)raw;
	raw <<= 64 - width;
	return (type->info & 1) != 0 ? (int64_t)raw >> (64 - width) :
	    (int64_t)(raw >> (64 - width));
}

NORETURN void
__ubsan_handle_divrem_overflow_abort(struct ubsan_overflow *what,
    uintptr_t left, uintptr_t right)
{
	(void)left;
	(void)right;
	gopanic_at(what->where.file, what->where.line,
	    "runtime error: integer divide by zero");
}

NORETURN void
__ubsan_handle_out_of_bounds_abort(struct ubsan_bounds *what, uintptr_t index)
{
	gopanic_at(what->where.file, what->where.line,
	    "runtime error: index out of range [%ld] with type %s",
	    value_of(what->index, index), what->array->name);
}
