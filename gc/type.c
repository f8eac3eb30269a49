/*
 * type.c - the built-in types, and refusing the broken ones.
 */
#include "gc/type.h"

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

void
type_check(const struct gc_type *type, size_t n)
{
	const char *why = NULL;

	if (type == NULL)
		panic("gc: allocation of a NULL type");
	if (type->size == 0)
		why = "size 0";
	else if (type->ptrdata > type->size)
		why = "ptrdata beyond its size";
	else if (type->ptrdata % 8 != 0)
		why = "ptrdata that is no multiple of 8";
	else if (type->ptrdata != 0 && type->gcdata == NULL)
		why = "pointers but no gcdata";
	else if (type->ptrdata != 0 && type->kind & GC_KIND_PROGRAM)
		why = "a program for gcdata";
	else if (type->ptrdata != 0 && n > 1 && type->size % 8 != 0)
		why = "pointers that would be misaligned in an array";
	if (UNLIKELY(why != NULL))
		panic("gc: type %s (%p) has %s (size %lu, ptrdata %lu)",
		    type_name(type), (const void *)type, why,
		    (unsigned long)type->size, (unsigned long)type->ptrdata);
}
