/*
 * offsets.c - struct offsets for assembly, so that no .S file types a number.
 *
 * This file is not part of the image.  It is compiled to assembly only, in
 * which every entry of offsets.def becomes a line with "->NAME value";
 * tools/mkoffsets makes the build's offsets.h from these lines, so nothing has
 * to run on the target.  kernel/trap.c asserts that the offsets.h it was built
 * with still agrees with the structs.
 */
#include "kernel/hart.h"
#include "kernel/redirect.h"
#include "kernel/tls.h"
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
