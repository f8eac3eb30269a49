/*
 * tls.h - the thread-local variables of a program: each goroutine has its own.
 *
 * Compilers reach a thread-local variable at a fixed distance from tp, which
 * holds the current strand.  The linker lays the variables out as if their
 * block began with TLS_OFFSET bytes that nobody uses (tls_room.S): that is
 * where the struct g of a goroutine lies, so its variables are behind it.
 * Whoever makes a strand that may run a program's text leaves room for them.
 *
 *	TLS-1	A goroutine begins with the variables' initial values.
 *	TLS-2	They are no roots of the collector.
 *
 * A program without such variables pays nothing: its strands begin at
 * strand_start, and lie as close to each other as ever.
 */
#pragma once

#include <stddef.h>

struct strand;

enum {
	TLS_OFFSET = 512,	/* from tp */
	TLS_ALIGN = 64,		/* of strands, if there are variables */
};

/* What lies in front of the variables, for tls_room.S: the linker must find it
 * in a section, or GNU ld does not count it. */
struct tls_room {
	char bytes[TLS_OFFSET];
};
struct tls_room_align {
	char            first;
	struct tls_room room __attribute__((aligned(TLS_ALIGN)));
};

/* Let strands begin with their variables, if there are any.  Boot. */
void tls_init(void);

/* Returns how many bytes of variables there are behind TLS_OFFSET. */
size_t tls_size(void);

/* Give strand's variables their initial values.  Its owner. */
void tls_reset(struct strand *strand);
