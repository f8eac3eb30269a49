/*
 * sync.h - semaphores, locks, conditions, and other ways to wait.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"

/*
 * All of these are ready for use when zeroed (but a cond wants its mutex), live
 * in globals, in the collected heap or on a stack, are not copied while in use,
 * and must outlive every call on them.  They cost a word or a few; the queues
 * are elsewhere.  Members that end in _ are not yours: if they are overwritten,
 * waiting at one may last for ever, and waking those that are said to wait
 * panics.
 */

/* A counter of permits.  First come, first served. */
struct sema {
	uint32_t word_;
};

void sema_init(struct sema *s, uint32_t permits);
void sema_acquire(struct sema *s);	/* takes a permit; parks for one */
bool sema_try_acquire(struct sema *s);	/* false: there is none now */
void sema_release(struct sema *s);	/* gives one */

/*
 * sync.Mutex.  Whoever runs takes it first, but who has waited for 1 ms gets it
 * handed, in order of arrival.  Any goroutine may unlock it.
 */
struct mutex {
	uint32_t word_;
};

static inline void mutex_lock(struct mutex *m);		/* parks for it */
static inline void mutex_unlock(struct mutex *m);	/* fatal if unlocked:
			 * "sync: unlock of unlocked mutex" */
bool mutex_trylock(struct mutex *m);	/* false: somebody has it */

/*
 * sync.RWMutex: many readers or one writer.  A writer that waits keeps new
 * readers out, so a reader must not take it again; and readers that have waited
 * for a writer go before the next one.  Unlocking what is not locked so is
 * fatal, with Go's words.
 */
struct rwmutex {
	int32_t      readers_;
	int32_t      leaving_;
	struct mutex writers_;
	struct sema  read_;
	struct sema  write_;
};

static inline void rw_rlock(struct rwmutex *rw);
static inline void rw_runlock(struct rwmutex *rw);
bool rw_tryrlock(struct rwmutex *rw);
void rw_lock(struct rwmutex *rw);
bool rw_trylock(struct rwmutex *rw);
void rw_unlock(struct rwmutex *rw);

/*
 * sync.Cond.  cond_wait, with the mutex held, unlocks it, parks until a signal
 * or broadcast, and locks it again; nothing but those wakes it, but the
 * condition may be false again by then.  Signals go to whoever waited first;
 * they need not hold the mutex.
 */
struct cond {
	struct mutex *mutex_;
	uint32_t      waiting_;
};

void cond_init(struct cond *c, struct mutex *m);
void cond_wait(struct cond *c);
void cond_signal(struct cond *c);	/* one, if any waits */
void cond_broadcast(struct cond *c);	/* all that wait */

/* sync.WaitGroup: zero-initialised it counts 0. */
struct waitgroup {
	uint64_t    state_;
	struct sema sema_;
};

/* Add n (may be negative) to the count.  Panics if it becomes negative: "sync:
 * negative WaitGroup counter". */
void wg_add(struct waitgroup *wg, int n);
void wg_done(struct waitgroup *wg);	/* wg_add(wg, -1) */
void wg_wait(struct waitgroup *wg);	/* parks until the count is 0 */

/* Count fn(arg), run it as a goroutine, and wg_done when it ends.  A wg in
 * the collected heap and arg are kept alive. */
void wg_go(struct waitgroup *wg, void (*fn)(void *arg), void *arg);

/*
 * sync.Once.  The first once_do runs fn(arg); each returns when that has ended,
 * by a panic or goexit too.  fn must not call once_do on the same.
 */
struct once {
	struct atomic32 done_;
	struct mutex    mutex_;
};

void antler_once_slow(struct once *once, void (*fn)(void *arg), void *arg);
static inline void
once_do(struct once *once, void (*fn)(void *arg), void *arg)
{
	antler_check_aligned(once, sizeof(once->done_));
	/* acquire: what fn did is seen. */
	if (__builtin_expect(__atomic_load_n(&once->done_.v_,
	    __ATOMIC_ACQUIRE) == 0, 0))
		antler_once_slow(once, fn, arg);
}

/* ---- how the fast paths of these work ---- */

/* The first is the sign of the word: one instruction tells. */
#define ANTLER_MUTEX_LOCKED_ (1u << 31)
enum { ANTLER_RW_WRITER_ = 1 << 30 };

void antler_mutex_lock_slow(struct mutex *m);
void antler_mutex_unlock_slow(struct mutex *m);
void antler_rw_rlock_slow(struct rwmutex *rw);
void antler_rw_runlock_slow(struct rwmutex *rw, int32_t n);

/*
 * To lock is to set the bit, whatever else the word says: who waits, or is on
 * the way, has no claim to a mutex that is free.  If it was set before, that
 * changed nothing, and the slow path waits.  Locked with nobody waiting to free
 * is one lr/sc pair; everything else, a store-conditional that failed for no
 * reason too, is the slow path's.  In assembly because gcc 12 makes seven
 * instructions of a compare-and-swap and puts the release in a fence.  They
 * order as in table A.6 of the unprivileged specification: amo.aq takes, sc.rl
 * gives.  The lr before the amo traps if the word is misaligned, which the amo
 * does on some CPUs only (those with Zama16b).
 */
static inline void
mutex_lock(struct mutex *m)
{
#if defined(__riscv)
	__asm__ goto(
	    "lr.w	zero, (%0)\n\t"
	    "amoor.w.aq	t0, %1, (%0)\n\t"
	    "bltz	t0, %l2"
	    : : "r"(&m->word_), "r"((int32_t)ANTLER_MUTEX_LOCKED_)
	    : "t0", "memory"
	    : slow);
	return;
slow:
#else
	if (!(__atomic_fetch_or(&m->word_, ANTLER_MUTEX_LOCKED_,
	    __ATOMIC_ACQUIRE) & ANTLER_MUTEX_LOCKED_))
		return;
#endif
	antler_mutex_lock_slow(m);
}

static inline void
mutex_unlock(struct mutex *m)
{
#if defined(__riscv)
	__asm__ goto(
	    "lr.w	t0, (%0)\n\t"
	    "bne	t0, %1, %l2\n\t"
	    "sc.w.rl	t0, zero, (%0)\n\t"
	    "bnez	t0, %l2"
	    : : "r"(&m->word_), "r"((int32_t)ANTLER_MUTEX_LOCKED_)
	    : "t0", "memory"
	    : slow);
	return;
slow:
#else
	uint32_t locked = ANTLER_MUTEX_LOCKED_;

	if (__atomic_compare_exchange_n(&m->word_, &locked, 0, false,
	    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		return;
#endif
	antler_mutex_unlock_slow(m);
}

/* Readers only count; negative says that a writer is there or waits. */
static inline void
rw_rlock(struct rwmutex *rw)
{
	antler_check_aligned(rw, sizeof(rw->readers_));
	/* acquire: what the last writer did is seen. */
	if (__builtin_expect(__atomic_fetch_add(&rw->readers_, 1,
	    __ATOMIC_ACQUIRE) < 0, 0))
		antler_rw_rlock_slow(rw);
}

static inline void
rw_runlock(struct rwmutex *rw)
{
	int32_t n;

	antler_check_aligned(rw, sizeof(rw->readers_));
	/* release: what was read was read before the next writer. */
	n = __atomic_fetch_sub(&rw->readers_, 1, __ATOMIC_RELEASE) - 1;
	if (__builtin_expect(n < 0, 0))
		antler_rw_runlock_slow(rw, n);
}
