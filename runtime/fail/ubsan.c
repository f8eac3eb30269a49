/*
 * ubsan.c - arithmetic errors that RISC-V ignores and Go does not.
 *
 * On RISC-V a division by zero yields -1, and an index has no bounds.  Programs
 * (APP=) are compiled with -fsanitize=integer-divide-by-zero,bounds: the
 * compiler inserts checks, and a check that fails calls one of these functions.
 * Their names and arguments are the compiler's (the data layouts are those of
 * gcc's libsanitizer and clang's compiler-rt, "type mismatch" version 1).
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
	uint16_t info;		/* integer: bit 0 signed; rest log2 of width */
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

/* Called by code that the compiler made.  They never return, because programs
 * are compiled with -fno-sanitize-recover. */
NORETURN void __ubsan_handle_divrem_overflow_abort(struct ubsan_overflow *what,
    uintptr_t left, uintptr_t right);
NORETURN void __ubsan_handle_out_of_bounds_abort(struct ubsan_bounds *what,
    uintptr_t index);

/* Returns the value of an index; sign-extends it if its type is signed and
 * narrower than 64 bits. */
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
