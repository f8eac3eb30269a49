/*
 * probe.h - touching memory that may not be there.
 *
 * Code that holds a lock must not fault when it reads or writes memory that a
 * program gave it, because the lock would stay held.  The instructions below
 * are listed in a table.  When one of them faults, the trap hook calls
 * probe_find.  It then either releases the lock, which is all that the code
 * held, and lets the goroutine panic right there; or it goes on at a label in
 * the same function, which releases what the function holds.  Where the memory
 * is there, a probe costs nothing extra.
 */
#pragma once

#include "lib/atomic.h"
#include "lib/compiler.h"

struct spinlock;
struct trapframe;

/* Load the byte at p, for a fault only. */
INLINE void
probe_read(const void *p)
{
	__asm__ volatile("lb zero, (%0)" : : "r"(p) : "memory");
}

/* Store the byte at p unchanged.  The store is atomic and covers the aligned
 * word that holds the byte: a program may pass more memory than is its own, so
 * that others may write there meanwhile. */
INLINE void
probe_write(void *p)
{
	__asm__ volatile("amoor.w	zero, zero, (%0)"
	    : : "r"((uintptr_t)p & ~3UL) : "memory");
}

/* Can the aligned 32 bits at p be stored?  Atomic. */
INLINE void
probe_storable_word(void *p)
{
	__asm__ volatile("amoor.w	zero, zero, (%0)"
	    : : "r"(p) : "memory");
}

/* Trap if the 64-bit word at p is not aligned.  The instruction lr.d traps then
 * on any CPU; amoadd does so only on some. */
INLINE void
probe_aligned_dword(const void *p)
{
	__asm__ volatile("lr.d	zero, (%0)" : : "r"(p) : "memory");
}

/* Store value at p, for code that holds nothing and is not FOR_PROGRAMS. */
INLINE void
probe_store_byte(void *p, uint8_t value)
{
	__asm__ volatile("1:	sb	%1, (%0)"
	    "\n\t.pushsection .probes, \"a\""
	    "\n\t.dword	1b, 0, 0"
	    "\n\t.popsection"
	    : : "r"(p), "r"(value) : "memory");
}

/* or_acquire_dword(p, 1), for the first look at a pointer that may not point to
 * such a word.  Returns 1 if the 64 bits at p cannot be changed. */
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

/* ---- for code that holds one lock, taken briefly, and nothing else ---- */

typedef uint64_t probe_word_t __attribute__((may_alias));

/* The table entry for the instruction at label 1: its address, no label to go
 * on at, and an instruction of which a field names the register that holds the
 * lock's address. */
#define PROBE_LOCKED_                                                      \
	"\n\t.pushsection .probes, \"a\""                                   \
	"\n\t.dword	1b, 0"                                               \
	"\n\t.option	push"                                                \
	"\n\t.option	norvc"                                               \
	"\n\taddi	zero, %[lock], 0"                                    \
	"\n\t.option	pop"                                                 \
	"\n\t.word	0"                                                   \
	"\n\t.popsection"

/* Load the 64 bits at p.  Returns them. */
INLINE uint64_t
probe_load_locked(const void *p, const struct spinlock *lock)
{
	uint64_t word;

	__asm__ volatile("1:	ld	%0, %1" PROBE_LOCKED_
	    : "=r"(word) : "m"(*(const probe_word_t *)p), [lock] "r"(lock));
	return word;
}

/* Store word at p, 64 bits. */
INLINE void
probe_store_locked(void *p, uint64_t word, const struct spinlock *lock)
{
	__asm__ volatile("1:	sd	%1, %0" PROBE_LOCKED_
	    : "=m"(*(probe_word_t *)p) : "r"(word), [lock] "r"(lock));
}

/* Can the 64 bits at p be stored?  Atomic if they are aligned.  If they are
 * not, the trap finds out (probe_find), so that where an element may lie
 * depends neither on the CPU nor on the path that an operation takes. */
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

/* Can the byte at p, which is the caller's alone, be loaded and stored? */
INLINE void
probe_write_locked(void *p, const struct spinlock *lock)
{
	unsigned long byte;

	probe_read_locked(p, lock);
	__asm__ volatile("lb	%0, (%1)\n1:	sb	%0, (%1)" PROBE_LOCKED_
	    : "=&r"(byte) : "r"(p), [lock] "r"(lock) : "memory");
}

/* ---- for code that holds more than one lock ---- */

#define PROBE_ENTRY_                                                       \
	"\n\t.pushsection .probes, \"a\""                                   \
	"\n\t.dword	1b, %l[bad], 0"                                      \
	"\n\t.popsection"

/* Can the byte at p be loaded?  If not, goto bad. */
#define PROBE_READ(p)                                                      \
	__asm__ goto("1:	lb	zero, (%0)" PROBE_ENTRY_           \
	    : : "r"(p) : "memory" : bad)

/* Can the aligned 64 bits at p be stored?  If not, goto bad. */
#define PROBE_STORABLE(p)                                                  \
	__asm__ goto("1:	amoor.d	zero, zero, (%0)" PROBE_ENTRY_     \
	    : : "r"(p) : "memory" : bad)

enum probe_fault {
	PROBE_NONE,	/* no probe has faulted */
	PROBE_GOES_ON,	/* frame is changed to go on at the label, or behind the
			 * instruction */
	PROBE_PANICS,	/* first release *lock, if not NULL; then the goroutine
			 * is to panic */
};

/* Returns what is to be done about a fault at frame.  In a trap. */
enum probe_fault probe_find(struct trapframe *frame, struct spinlock **lock);
