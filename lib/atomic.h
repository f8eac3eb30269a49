/*
 * atomic.h - every access to memory that harts share without a lock.
 *
 * ATOMIC(T) is a struct, so that a plain access does not compile; the memory
 * order is in the name of the function.  32 and 64 bits only: the compiler
 * calls out to a library for anything smaller.
 *
 * A release CAS is a release fence followed by a relaxed CAS.  Not cosmetic:
 * gcc 12 for RISC-V derives the leading fence from the *failure* order, so its
 * release/relaxed CAS is a bare lr/sc, and acq_rel/acquire an lr.aq/sc.aq,
 * with no release in either.  tests/codegen checks the instructions.
 *
 * With PERTURB (host tests) each access may first give up the processor; see
 * tests/host/perturb.h.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#if PERTURB
void perturb(void);
#else
#define perturb() ((void)0)
#endif

#define ATOMIC(T)                                                       \
	struct {                                                        \
		_Static_assert(sizeof(T) == 4 || sizeof(T) == 8,        \
		    "atomics are 32 or 64 bits");                       \
		_Atomic(T) v_;                                          \
	}

/* The initial value of a static ATOMIC. */
#define ATOMIC_INIT(x) { .v_ = (x) }

#define load_relaxed(p) \
	(perturb(), atomic_load_explicit(&(p)->v_, memory_order_relaxed))
#define load_acquire(p) \
	(perturb(), atomic_load_explicit(&(p)->v_, memory_order_acquire))

#define store_relaxed(p, x) \
	(perturb(), atomic_store_explicit(&(p)->v_, (x), memory_order_relaxed))
#define store_release(p, x) \
	(perturb(), atomic_store_explicit(&(p)->v_, (x), memory_order_release))

/* Fetch-and-op: the old value is returned. */
#define add_relaxed(p, x) \
	(perturb(), atomic_fetch_add_explicit(&(p)->v_, (x), memory_order_relaxed))
#define add_acquire(p, x) \
	(perturb(), atomic_fetch_add_explicit(&(p)->v_, (x), memory_order_acquire))
#define add_release(p, x) \
	(perturb(), atomic_fetch_add_explicit(&(p)->v_, (x), memory_order_release))
#define add_acq_rel(p, x) \
	(perturb(), atomic_fetch_add_explicit(&(p)->v_, (x), memory_order_acq_rel))
#define or_relaxed(p, x) \
	(perturb(), atomic_fetch_or_explicit(&(p)->v_, (x), memory_order_relaxed))
#define or_acquire(p, x) \
	(perturb(), atomic_fetch_or_explicit(&(p)->v_, (x), memory_order_acquire))
#define or_release(p, x) \
	(perturb(), atomic_fetch_or_explicit(&(p)->v_, (x), memory_order_release))
#define and_relaxed(p, x) \
	(perturb(), atomic_fetch_and_explicit(&(p)->v_, (x), memory_order_relaxed))
#define and_release(p, x) \
	(perturb(), atomic_fetch_and_explicit(&(p)->v_, (x), memory_order_release))
#define swap_acquire(p, x) \
	(perturb(), atomic_exchange_explicit(&(p)->v_, (x), memory_order_acquire))
#define swap_release(p, x) \
	(perturb(), atomic_exchange_explicit(&(p)->v_, (x), memory_order_release))
#define swap_acq_rel(p, x) \
	(perturb(), atomic_exchange_explicit(&(p)->v_, (x), memory_order_acq_rel))

/*
 * Compare-and-swap: if *p is *e, store x and return true; else load *p into *e
 * and return false.  A failed CAS orders nothing but what its name says.
 */
#define cas_relaxed(p, e, x)                                              \
	(perturb(), atomic_compare_exchange_strong_explicit(&(p)->v_, (e), \
	    (x), memory_order_relaxed, memory_order_relaxed))
#define cas_acquire(p, e, x)                                              \
	(perturb(), atomic_compare_exchange_strong_explicit(&(p)->v_, (e), \
	    (x), memory_order_acquire, memory_order_acquire))
#define cas_release(p, e, x)                                         \
	(perturb(), atomic_thread_fence(memory_order_release),       \
	 atomic_compare_exchange_strong_explicit(&(p)->v_, (e), (x), \
	     memory_order_relaxed, memory_order_relaxed))
#define cas_acq_rel(p, e, x)                                         \
	(perturb(), atomic_thread_fence(memory_order_release),       \
	 atomic_compare_exchange_strong_explicit(&(p)->v_, (e), (x), \
	     memory_order_acquire, memory_order_acquire))

/* Fences.  seq_cst is for Dekker-style store/load only: draw both columns. */
#define fence_acquire() atomic_thread_fence(memory_order_acquire)
#define fence_release() atomic_thread_fence(memory_order_release)
#define fence_seq_cst() (perturb(), atomic_thread_fence(memory_order_seq_cst))

/* Between two polls of a spinning loop. */
static inline void
cpu_relax(void)
{
#if defined(__riscv)
	/* Zihintpause; a no-op fence where it is missing. */
	__asm__ volatile(".insn i 0x0F, 0, x0, x0, 0x010" ::: "memory");
#else
	perturb();
	atomic_signal_fence(memory_order_seq_cst);
#endif
}
