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

#include "lib/atomic.h"
#include "lib/compiler.h"

struct spinlock;
struct trapframe;

/* Load the byte at p and forget it. */
INLINE void
probe_read(const void *p)
{
	__asm__ volatile("lb zero, (%0)" : : "r"(p) : "memory");
}

/* Store the byte at p once more.  Atomic, and of the whole word that it is in:
 * what a program has given us may be larger than what is its own. */
INLINE void
probe_write(void *p)
{
	__asm__ volatile("amoor.w	zero, zero, (%0)"
	    : : "r"((uintptr_t)p & ~3UL) : "memory");
}

/* Can the 32 bits at p, aligned, be stored?  Atomic. */
INLINE void
probe_storable_word(void *p)
{
	__asm__ volatile("amoor.w	zero, zero, (%0)"
	    : : "r"(p) : "memory");
}

/* Is the 64-bit word at p aligned?  One instruction that traps if not, on any
 * CPU, which amoadd does on some only. */
INLINE void
probe_aligned_dword(const void *p)
{
	__asm__ volatile("lr.d	zero, (%0)" : : "r"(p) : "memory");
}

/* Store the byte at p, for code that holds nothing and is not FOR_PROGRAMS. */
INLINE void
probe_store_byte(void *p, uint8_t value)
{
	__asm__ volatile("1:	sb	%1, (%0)"
	    "\n\t.pushsection .probes, \"a\""
	    "\n\t.dword	1b, 0, 0"
	    "\n\t.popsection"
	    : : "r"(p), "r"(value) : "memory");
}

/* or_acquire_dword(p, 1), which is 1 where the 64 bits at p cannot be changed
 * so: for the first look at what may be no memory of that kind. */
#if defined(__riscv)
#define probe_or_acquire_dword(p, one)                                     \
	({                                                                 \
		uint64_t old_;                                             \
									   \
		perturb();                                                 \
		_Static_assert((one) == 1, "what a fault makes of it");    \
		__asm__ volatile("1:	amoor.d.aq	%0, %2, %1"        \
		    "\n\t.pushsection .probes, \"a\""                     \
		    "\n\t.dword	1b, 0, 1"                            \
		    "\n\t.popsection"                                      \
		    : "=r"(old_), "+A"((p)->v_) : "r"(one) : "memory");    \
		old_;                                                      \
	})
#else
#define probe_or_acquire_dword(p, one) or_acquire(p, one)
#endif

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

/* Can the 64 bits at p be stored?  Atomic if they are aligned.  If not, the
 * trap finds out (probe_misaligned): so where an element may lie does not
 * depend on the CPU, nor on the way that an operation takes. */
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
	unsigned long byte;

	probe_read_locked(p, lock);
	__asm__ volatile("lb	%0, (%1)\n1:	sb	%0, (%1)" PROBE_LOCKED_
	    : "=&r"(byte) : "r"(p), [lock] "r"(lock) : "memory");
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

/* The same; if they cannot, goto bad. */
#define PROBE_STORABLE(p)                                                  \
	__asm__ goto("1:	amoor.d	zero, zero, (%0)" PROBE_ENTRY_     \
	    : : "r"(p) : "memory" : bad)

enum probe_fault {
	PROBE_NONE,	/* no probe has faulted */
	PROBE_GOES_ON,	/* frame goes on, at its label or behind it */
	PROBE_PANICS,	/* the goroutine is to panic; *lock is to be released
			 * before, or NULL */
};

/* What is to be done about a fault at frame?  Trap. */
enum probe_fault probe_find(struct trapframe *frame, struct spinlock **lock);
