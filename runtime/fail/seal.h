/*
 * seal.h - telling an object of the runtime from anything else a program
 * passes.
 *
 * Programs hold contexts, timers and groups by pointers to structs that they
 * know nothing of.  Nothing keeps a program from passing another address: of
 * another kind of object, of its own memory, of an object that has been freed.
 * A function that works on such an address would follow whatever pointers lie
 * there.  So each such object begins its life with a seal: a word that holds
 * the object's own address and its kind.  Other memory has no such word at this
 * place; nor has an object that was cleared to be used again, or a copy of an
 * object.
 *
 * A channel's lock serves as its seal, because nothing may be added to the fast
 * paths of channels (CHAN-6).  A goroutine has a number that leads to it
 * (g_is).
 *
 * A seal does not tell whether an object that was freed has become another
 * object of the same kind.
 */
#pragma once

#include "lib/compiler.h"

/*
 * The values are further apart than such objects are long.  So at an address
 * inside of an object its seal is not taken for the seal of another kind, nor
 * for the lock of a channel.  And the values are small enough to be added by
 * one instruction.
 */
enum seal_kind {
	SEAL_TIMER_FUNC = 517,	/* after_func */
	SEAL_TIMER_CHAN = 817,	/* timer_new, ticker_new */
	SEAL_CTX_VALUE  = 1117,	/* a context that cannot be cancelled */
	SEAL_CTX_CANCEL = 1417,	/* a context that can be cancelled */
	SEAL_CTX_AFTER  = 1717,	/* a registration by ctx_after_func */
	SEAL_GROUP      = 2017,	/* a group */
};

/* The low half of the object's address plus its kind; 0 means unsealed. */
struct seal {
	uint32_t word;
};

/* Seal obj, which contains seal, as an object of this kind. */
INLINE void
seal_set(struct seal *seal, const void *obj, enum seal_kind kind)
{
	seal->word = (uint32_t)(uintptr_t)obj + (uint32_t)kind;
}

/* Returns whether obj, which would contain seal, is an object of this kind.
 * The call reads obj, so only functions that are FOR_PROGRAMS call it. */
INLINE bool
seal_is(const struct seal *seal, const void *obj, enum seal_kind kind)
{
	return seal->word == (uint32_t)(uintptr_t)obj + (uint32_t)kind;
}
