/*
 * probe.h - touching memory that may not be there.
 *
 * Code that holds a lock and reads or writes what a program gave it may not
 * fault there: the lock would stay held.  The instructions below are in a
 * table; when one of them faults, the trap hook asks probe_find and either
 * releases the lock, which was all that was held, and lets the goroutine panic
 * right there; or goes on at a label of the same function, which gives up what
 * it holds.  Where the memory is there they cost nothing extra.
 */
#pragma once

#include "lib/compiler.h"

struct spinlock;
struct trapframe;

/* Load the byte at p and forget it. */
INLINE void
probe_read(const void *p)
{
	__asm__ volatile("lb zero, (%0)" : : "r"(p) : "memory");
}

/* Store the byte at p, which is the caller's alone, once more. */
INLINE void
probe_write(void *p)
{
	__asm__ volatile("lb	t0, (%0)\n\tsb	t0, (%0)"
	    : : "r"(p) : "t0", "memory");
}

/* ---- with one lock held, taken briefly ---- */

typedef uint64_t probe_word_t __attribute__((may_alias));

/* The entry of instruction 1: its address, no label, and the register that has
 * the lock's address, as part of an instruction. */
#define PROBE_LOCKED_                                                      \
	"\n\t.pushsection .probes, \"a\""                                   \
	"\n\t.dword	1b, 0"                                               \
	"\n\t.option	push"                                                \
	"\n\t.option	norvc"                                               \
	"\n\taddi	zero, %[lock], 0"                                    \
	"\n\t.option	pop"                                                 \
	"\n\t.word	0"                                                   \
	"\n\t.popsection"

/* The 64 bits at p. */
INLINE uint64_t
probe_load_locked(const void *p, const struct spinlock *lock)
{
	uint64_t word;

	__asm__ volatile("1:	ld	%0, %1" PROBE_LOCKED_
	    : "=r"(word) : "m"(*(const probe_word_t *)p), [lock] "r"(lock));
	return word;
}

/* The 64 bits at p = word. */
INLINE void
probe_store_locked(void *p, uint64_t word, const struct spinlock *lock)
{
	__asm__ volatile("1:	sd	%1, %0" PROBE_LOCKED_
	    : "=m"(*(probe_word_t *)p) : "r"(word), [lock] "r"(lock));
}

/* Can the 64 bits at p, aligned, be stored?  Atomic. */
INLINE void
probe_storable_locked(void *p, const struct spinlock *lock)
{
	__asm__ volatile("1:	amoor.d	zero, zero, %0" PROBE_LOCKED_
	    : "+A"(*(probe_word_t *)p) : [lock] "r"(lock));
}

/* Can the byte at p be loaded? */
INLINE void
probe_read_locked(const void *p, const struct spinlock *lock)
{
	__asm__ volatile("1:	lb	zero, (%0)" PROBE_LOCKED_
	    : : "r"(p), [lock] "r"(lock) : "memory");
}

/* Can it, the caller's alone, be loaded and stored? */
INLINE void
probe_write_locked(void *p, const struct spinlock *lock)
{
	probe_read_locked(p, lock);
	__asm__ volatile("lb	t0, (%0)\n1:	sb	t0, (%0)" PROBE_LOCKED_
	    : : "r"(p), [lock] "r"(lock) : "t0", "memory");
}

/* ---- with more ---- */

#define PROBE_ENTRY_                                                       \
	"\n\t.pushsection .probes, \"a\""                                   \
	"\n\t.dword	1b, %l[bad], 0"                                      \
	"\n\t.popsection"

/* Can the byte at p be loaded?  If not, goto bad. */
#define PROBE_READ(p)                                                      \
	__asm__ goto("1:	lb	zero, (%0)" PROBE_ENTRY_           \
	    : : "r"(p) : "memory" : bad)

/* Can the 64 bits at p, aligned, be stored?  If not, goto bad.  Atomic. */
#define PROBE_STORABLE(p)                                                  \
	__asm__ goto("1:	amoor.d	zero, zero, (%0)" PROBE_ENTRY_     \
	    : : "r"(p) : "memory" : bad)

/* Is the instruction at frame one of these?  Then either frame goes on at its
 * label, or *lock is what it holds, and NULL otherwise.  Trap. */
bool probe_find(struct trapframe *frame, struct spinlock **lock);
