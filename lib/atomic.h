/*
 * atomic.h - access to memory that harts share without a lock.
 *
 * ATOMIC(T) is a struct, so that a plain access does not compile; the memory
 * order is in the name of the function.  Only 32 and 64 bits are allowed: for
 * smaller sizes the compiler would call a library.
 *
 * A release CAS is a release fence followed by a relaxed CAS.  This matters:
 * gcc 12 for RISC-V derives the leading fence from the *failure* order, so its
 * release/relaxed CAS is a bare lr/sc, and its acq_rel/acquire CAS is an
 * lr.aq/sc.aq; neither contains a release.  tests/codegen checks the
 * instructions.
 *
 * perturb() comes before each access.  With PERTURB (host tests) it may give up
 * the processor (tests/host/perturb.h), with EXPLORE it lets another virtual
 * hart go on (kernel/virtual.h), and in other builds it does nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#if EXPLORE
void virtual_access(void);
void virtual_relax(void);
#define perturb() virtual_access()
#elif PERTURB
void perturb(void);
#else
#define perturb() ((void)0)
#endif

#define ATOMIC(T)                                                       \
	struct {                                                        \
		_Static_assert(sizeof(T) == 4 || sizeof(T) == 8,        \
		    "atomics are 32 or 64 bits");                       \
		T v_;                                                   \
	}

/* The initial value of a static ATOMIC. */
#define ATOMIC_INIT(x) { .v_ = (x) }

/*
 * A relaxed store is a plain store to a volatile object.  An aligned store of a
 * register's size does not tear (RISC-V unprivileged specification, 14.1), and
 * the compiler must not split or drop a volatile store.  It is written so
 * because gcc 12 compiles an atomic store to an amoswap, which costs a locked
 * access to memory.  On the host the store must be an atomic one, for TSan.
 */
#if defined(__riscv)
#define store_relaxed(p, x) \
	(perturb(), (void)(*(volatile __typeof__((p)->v_) *)&(p)->v_ = (x)))
#define store_release(p, x) \
	(__atomic_thread_fence(__ATOMIC_RELEASE), store_relaxed(p, x))
#else
#define store_relaxed(p, x) \
	(perturb(), __atomic_store_n(&(p)->v_, (x), __ATOMIC_RELAXED))
#define store_release(p, x) \
	(perturb(), __atomic_store_n(&(p)->v_, (x), __ATOMIC_RELEASE))
#endif

#define load_relaxed(p) \
	(perturb(), __atomic_load_n(&(p)->v_, __ATOMIC_RELAXED))
#define load_acquire(p) \
	(perturb(), __atomic_load_n(&(p)->v_, __ATOMIC_ACQUIRE))

/*
 * Load a pointer that is only followed, to an object that was complete before
 * the pointer was stored (after a fence, or by store_release).  The
 * architecture keeps the order of a load and of later loads whose address
 * depends on it (RVWMO, rule 9).  On the host these are an acquire and a
 * release, because TSan does not know about dependencies.
 */
#if defined(__riscv)
#define load_dependent(p)     load_relaxed(p)
#define store_dependent(p, x) store_relaxed(p, x)	/* after a fence */
#else
#define load_dependent(p)     load_acquire(p)
#define store_dependent(p, x) store_release(p, x)
#endif

/* Fetch-and-op.  Returns the old value. */
#define add_relaxed(p, x) \
	(perturb(), __atomic_fetch_add(&(p)->v_, (x), __ATOMIC_RELAXED))
#define add_acquire(p, x) \
	(perturb(), __atomic_fetch_add(&(p)->v_, (x), __ATOMIC_ACQUIRE))
#define add_release(p, x) \
	(perturb(), __atomic_fetch_add(&(p)->v_, (x), __ATOMIC_RELEASE))
#define add_acq_rel(p, x) \
	(perturb(), __atomic_fetch_add(&(p)->v_, (x), __ATOMIC_ACQ_REL))
#define or_relaxed(p, x) \
	(perturb(), __atomic_fetch_or(&(p)->v_, (x), __ATOMIC_RELAXED))
#define or_acquire(p, x) \
	(perturb(), __atomic_fetch_or(&(p)->v_, (x), __ATOMIC_ACQUIRE))
#define or_release(p, x) \
	(perturb(), __atomic_fetch_or(&(p)->v_, (x), __ATOMIC_RELEASE))
#define and_relaxed(p, x) \
	(perturb(), __atomic_fetch_and(&(p)->v_, (x), __ATOMIC_RELAXED))
#define and_release(p, x) \
	(perturb(), __atomic_fetch_and(&(p)->v_, (x), __ATOMIC_RELEASE))
#define swap_release(p, x) \
	(perturb(), __atomic_exchange_n(&(p)->v_, (x), __ATOMIC_RELEASE))

/*
 * Compare-and-swap.  If *p equals *e, store x and return true; else load *p
 * into *e and return false.  A CAS that fails gives no order but that in its
 * name.
 */
#define cas_relaxed(p, e, x)                                          \
	(perturb(), __atomic_compare_exchange_n(&(p)->v_, (e), (x),   \
	    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
#define cas_acquire(p, e, x)                                          \
	(perturb(), __atomic_compare_exchange_n(&(p)->v_, (e), (x),   \
	    false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
#if defined(__riscv)
#define cas_release(p, e, x)                                          \
	(__atomic_thread_fence(__ATOMIC_RELEASE), cas_relaxed(p, e, x))
#define cas_acq_rel(p, e, x)                                          \
	(__atomic_thread_fence(__ATOMIC_RELEASE), cas_acquire(p, e, x))
#else
#define cas_release(p, e, x)                                          \
	(perturb(), __atomic_compare_exchange_n(&(p)->v_, (e), (x),   \
	    false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
#define cas_acq_rel(p, e, x)                                          \
	(perturb(), __atomic_compare_exchange_n(&(p)->v_, (e), (x),   \
	    false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
#endif

/*
 * Operations on every path of the scheduler and of channels.  They are in
 * assembly because gcc 12 extends the sign of the result of amoor.w once more,
 * and compiles a release operation to a fence and an amo without .rl.  The
 * _dword forms are for 64 bits only.
 */
#if defined(__riscv)
#define SWAP_(suffix_, p, x)                                            \
	({                                                              \
		__typeof__((p)->v_) new_ = (x), old_;                   \
		perturb();                                              \
		if (sizeof(new_) == 8)                                  \
			__asm__ volatile("amoswap.d" suffix_            \
			    " %0, %z2, %1" : "=r"(old_), "+A"((p)->v_)  \
			    : "rJ"(new_) : "memory");                   \
		else                                                    \
			__asm__ volatile("amoswap.w" suffix_            \
			    " %0, %z2, %1" : "=r"(old_), "+A"((p)->v_)  \
			    : "rJ"(new_) : "memory");                   \
		old_;                                                   \
	})
#define swap_acquire(p, x) SWAP_(".aq", p, x)
#define swap_acq_rel(p, x) SWAP_(".aqrl", p, x)
#define add_acq_rel_dword(p, x)                                         \
	({                                                              \
		unsigned long old_;                                     \
		perturb();                                              \
		__asm__ volatile("amoadd.d.aqrl %0, %2, %1"             \
		    : "=r"(old_), "+A"((p)->v_) : "r"(x) : "memory");   \
		old_;                                                   \
	})
#define or_acquire_dword(p, x)                                          \
	({                                                              \
		unsigned long old_;                                     \
		perturb();                                              \
		__asm__ volatile("amoor.d.aq %0, %2, %1"                \
		    : "=r"(old_), "+A"((p)->v_) : "r"(x) : "memory");   \
		old_;                                                   \
	})
#define xor_release_dword(p, x)                                         \
	do {                                                            \
		perturb();                                              \
		__asm__ volatile("amoxor.d.rl zero, %1, %0"             \
		    : "+A"((p)->v_) : "r"(x) : "memory");               \
	} while (0)
#else
#define swap_acquire(p, x) \
	(perturb(), __atomic_exchange_n(&(p)->v_, (x), __ATOMIC_ACQUIRE))
#define swap_acq_rel(p, x) \
	(perturb(), __atomic_exchange_n(&(p)->v_, (x), __ATOMIC_ACQ_REL))
#define add_acq_rel_dword(p, x) add_acq_rel(p, x)
#define or_acquire_dword(p, x) or_acquire(p, x)
#define xor_release_dword(p, x) \
	(perturb(), (void)__atomic_fetch_xor(&(p)->v_, (x), __ATOMIC_RELEASE))
#endif

/* Fences.  fence_seq_cst is only for store/load pairs as in Dekker's algorithm:
 * draw both columns. */
#define fence_release() __atomic_thread_fence(__ATOMIC_RELEASE)
#define fence_acquire() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define fence_seq_cst() \
	(perturb(), __atomic_thread_fence(__ATOMIC_SEQ_CST))

/* Pass the time between two polls of a spinning loop. */
#if EXPLORE
#define cpu_relax() virtual_relax()
#else
static inline void
cpu_relax(void)
{
#if defined(__riscv)
	/* pause (Zihintpause), which is a no-op fence on harts without it. */
	__asm__ volatile(".insn i 0x0F, 0, x0, x0, 0x010" ::: "memory");
#else
	perturb();
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}
#endif
