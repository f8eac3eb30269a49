/*
 * seal.h - telling an object of ours from whatever else a program may pass.
 *
 * Programs hold contexts, timers and groups by pointers to structs that they
 * know nothing of.  Nothing keeps them from passing another address: of another
 * kind of object, of memory of their own, of an object that has been freed.  To
 * work on that would be to follow whatever pointers it holds.  So such an
 * object begins its life with a seal: a word that holds its own address and
 * which kind it is.  Memory that holds anything else has no such word at that
 * place; nor has what was cleared to be used again, or a copy of an object.
 *
 * Channels have their lock for a seal, because nothing may be added to their
 * short ways (CHAN-6).  A goroutine has a number that leads to it (g_is).
 *
 * What a seal does not tell: whether an object that was freed has become
 * another one of the same kind.
 */
#pragma once

#include "lib/compiler.h"

/*
 * Further apart than such objects are long, so that no address inside of one
 * makes a seal of another kind of its seal, nor the lock of a channel; and
 * small enough for one instruction to add.
 */
enum seal_kind {
	SEAL_TIMER_FUNC = 517,	/* after_func */
	SEAL_TIMER_CHAN = 817,	/* timer_new, ticker_new */
	SEAL_CTX_VALUE  = 1117,	/* a context that cannot be cancelled */
	SEAL_CTX_CANCEL = 1417,	/* one that can */
	SEAL_CTX_AFTER  = 1717,	/* what ctx_after_func makes */
	SEAL_GROUP      = 2017,
};

/* The low half of the object's address, plus its kind; 0 is no seal. */
struct seal {
	uint32_t word;
};

/* Make obj, which seal is in, one of that kind. */
INLINE void
seal_set(struct seal *seal, const void *obj, enum seal_kind kind)
{
	seal->word = (uint32_t)(uintptr_t)obj + (uint32_t)kind;
}

/* Is obj, which seal would be in, an object of that kind?  It is read, so in a
 * function that is FOR_PROGRAMS. */
INLINE bool
seal_is(const struct seal *seal, const void *obj, enum seal_kind kind)
{
	return seal->word == (uint32_t)(uintptr_t)obj + (uint32_t)kind;
}
