/*
 * offsets.c - struct offsets for assembly, so that no .S file types a number.
 *
 * Not part of the image: compiled to assembly only, where every entry of
 * offsets.def becomes a line with "->NAME value"; tools/mkoffsets makes the
 * build's offsets.h of these, and nothing has to run.  kernel/trap.c asserts
 * that the header it was built with is still the one of these structs.
 */
#include "kernel/hart.h"
#include "kernel/redirect.h"
#include "kernel/trap.h"
#include "kernel/unwind.h"

void offsets_emit(void);

#define OFFSET(name, type, field) EMIT(name, offsetof(struct type, field))
#define SIZE(name, type)          EMIT(name, sizeof(struct type))
#define EMIT(name, value) \
	__asm__ volatile(".ascii \"->" #name " %0<-\"" ::"i"(value));

void
offsets_emit(void)
{
#include "kernel/offsets.def"
}
