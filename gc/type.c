/*
 * type.c - the built-in types, and the checks that refuse broken types.
 */
#include "gc/type.h"

#include "gc/census.h"
#include "gc/misuse.h"
#include "kernel/page.h"
#include "lib/check.h"
#include "lib/compiler.h"

static const uint64_t one_pointer = 1;

const struct gc_type gc_ptr_type = {
	.size = sizeof(void *),
	.ptrdata = sizeof(void *),
	.align = _Alignof(void *),
	.field_align = _Alignof(void *),
	.kind = GC_KIND_POINTER,
	.gcdata = (const uint8_t *)&one_pointer,
	.string = "pointer",
};

/* A type of size_ bytes without pointers. */
#define PLAIN_TYPE(name_, size_, align_)                                   \
	const struct gc_type name_ = {                                     \
		.size = (size_),                                           \
		.align = (align_),                                         \
		.field_align = (align_),                                   \
		.kind = GC_KIND_STRUCT,                                    \
		.string = #name_,                                          \
	}
PLAIN_TYPE(gc_int_type, sizeof(int64_t), _Alignof(int64_t));
PLAIN_TYPE(gc_byte_type, 1, 1);
PLAIN_TYPE(gc_empty_type, 0, 1);

const struct gc_type gc_bytes_type = {
	.size = 1,
	.align = 1,
	.field_align = 1,
	.kind = GC_KIND_STRUCT,
	.string = "bytes",
};

const char *
type_name(const struct gc_type *type)
{
	return type->string != NULL ? type->string : "?";
}

NORETURN COLD void
type_refuse(const struct gc_type *type)
{
	const char *why = "pointers that would be misaligned in an array";

	if (type->ptrdata > type->size)
		why = "ptrdata beyond its size";
	else if (type->ptrdata % 8 != 0)
		why = "ptrdata that is no multiple of 8";
	else if (type->gcdata == NULL)
		why = "pointers but no gcdata";
	else if (type->kind & GC_KIND_PROGRAM)
		why = "a program for gcdata";
	GC_MISUSE("gc: type %s (%p) has %s (size %lu, ptrdata %lu)",
	    type_name(type), (const void *)type, why,
	    (unsigned long)type->size, (unsigned long)type->ptrdata);
}

/* May what is at p become something else while objects of the type exist? */
static bool
is_transient(const void *p)
{
	return gc_host.is_static != NULL && !gc_host.is_static(p);
}

FOR_PROGRAMS void
type_examine(const struct gc_type *type)
{
	const uint8_t *map = type->gcdata;
	uint64_t nbytes = (type->ptrdata / 8 + 7) / 8;

	if ((uintptr_t)type % _Alignof(struct gc_type) != 0 ||
	    is_transient(type))
		GC_MISUSE("gc: type descriptor %p is not a constant",
		    (const void *)type);
	if (type->string != NULL) {
		if (is_transient(type->string))
			GC_MISUSE("gc: type %p has a name at %p that is not a "
			    "constant", (const void *)type, type->string);
		TOUCH(type->string);
	}
	if (nbytes == 0 || type->size > GC_BYTES_MAX)
		return;
	if (is_transient(map) || map + nbytes < map)
		GC_MISUSE("gc: type %s (%p) has a gcdata at %p that is not a "
		    "constant", type_name(type), (const void *)type,
		    (const void *)map);
	/* The collector reads whole words, which lie in the same pages. */
	for (uint64_t i = 0; i < nbytes; i += PAGE_SIZE)
		TOUCH(map + i);
	TOUCH(map + nbytes - 1);
}

FOR_PROGRAMS void
gc_check_type(const struct gc_type *type, size_t n)
{
	type_check(type, n);
	census_note(type);
}
