/*
 * sync.h - semaphores, locks, conditions, and other ways to wait.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "atomic.h"

/*
 * All structs of this header are ready for use when zeroed, except that a cond
 * needs its mutex.  They may lie in a global, in the collected heap or on a
 * stack, must not be copied while they are in use, and must exist until every
 * call on them has returned.  They take a few words; the queues of waiters are
 * elsewhere.  A program must not touch members whose names end in _: if one is
 * overwritten, a goroutine may wait for ever, and a call that looks for waiters
 * which are not there panics.
 */

/* What the explorer (docs/explorer.md) has instead of the inline functions
 * below: the same with points at which other harts may go on. */
#if ANTLER_EXPLORED_
struct mutex;
struct rwmutex;
struct once;
void antler_explored_lock(struct mutex *m);
void antler_explored_unlock(struct mutex *m);
void antler_explored_rlock(struct rwmutex *rw);
void antler_explored_runlock(struct rwmutex *rw);
void antler_explored_once(struct once *once, void (*fn)(void *arg), void *arg);
#endif

/* A semaphore: a counter of permits.  Waiters are served in the order in which
 * they came. */
struct sema {
	uint32_t word_;
};

/* Let s have that many permits, less than 2^31.  No goroutine may use s
 * meanwhile. */
void sema_init(struct sema *s, uint32_t permits);

/* Take a permit; park until there is one. */
void sema_acquire(struct sema *s);

/* Take a permit if there is one.  Returns false if there is none. */
bool sema_try_acquire(struct sema *s);

/* Give a permit back, or a new one. */
void sema_release(struct sema *s);

/*
 * A mutex as Go's sync.Mutex.  A free mutex goes to the goroutine that asks
 * first, but one that has waited for 1 ms gets it handed over, in the order of
 * arrival.  Any goroutine may unlock a mutex.
 */
struct mutex {
	uint32_t word_;
};

/* Lock m; park until it is free. */
static inline void mutex_lock(struct mutex *m);

/* Unlock m.  Fatal if it is not locked ("sync: unlock of unlocked mutex"). */
static inline void mutex_unlock(struct mutex *m);

/* Lock m if it is free.  Returns false if it is locked. */
bool mutex_trylock(struct mutex *m);

/*
 * A lock for many readers or one writer, as Go's sync.RWMutex.  A waiting
 * writer keeps new readers out, so a reader that has the lock must not take it
 * a second time.  Readers that have waited for a writer get the lock before the
 * next writer.
 */
struct rwmutex {
	int32_t      readers_;
	int32_t      leaving_;
	struct mutex writers_;
	struct sema  read_;
	struct sema  write_;
};

/* Take the lock for reading, or for writing; park until that is possible. */
static inline void rw_rlock(struct rwmutex *rw);
void rw_lock(struct rwmutex *rw);

/* Take the lock for reading, or for writing, if that is possible at
 * once.  Return false if not. */
bool rw_tryrlock(struct rwmutex *rw);
bool rw_trylock(struct rwmutex *rw);

/* Release the lock that was taken for reading, or for writing.  Fatal if it was
 * not, in Go's words ("sync: RUnlock of unlocked RWMutex"). */
static inline void rw_runlock(struct rwmutex *rw);
void rw_unlock(struct rwmutex *rw);

/*
 * A condition variable as Go's sync.Cond.  Only cond_signal and cond_broadcast
 * wake a waiter; but the condition may be false again when it runs, so a
 * program tests it in a loop.
 */
struct cond {
	struct mutex *mutex_;
	uint32_t      waiting_;
};

/* Make c a condition that m protects.  No goroutine may use c meanwhile. */
void cond_init(struct cond *c, struct mutex *m);

/* Unlock the mutex of c, which the caller has locked, park until a signal or
 * broadcast, and lock the mutex again. */
void cond_wait(struct cond *c);

/* Wake the goroutine that has waited longest, if there is one; or all that
 * wait. The caller need not have locked the mutex. */
void cond_signal(struct cond *c);
void cond_broadcast(struct cond *c);

/* A counter of what is still to be done, as Go's sync.WaitGroup. */
struct waitgroup {
	uint64_t    state_;
	struct sema sema_;
};

/* Add n, which may be negative, to the count.  Panics if the count becomes
 * negative ("sync: negative WaitGroup counter"). */
void wg_add(struct waitgroup *wg, int n);

/* Subtract 1 from the count: wg_add(wg, -1). */
void wg_done(struct waitgroup *wg);

/* Park until the count is 0. */
void wg_wait(struct waitgroup *wg);

/* Add 1 to the count, run fn(arg) in a new goroutine, and subtract 1 when fn
 * has ended.  The goroutine keeps arg alive, and wg if that lies in the
 * collected heap. */
void wg_go(struct waitgroup *wg, void (*fn)(void *arg), void *arg);

/* What is to be done once, as with Go's sync.Once. */
struct once {
	struct atomic32 done_;
	struct mutex    mutex_;
};

/*
 * Run fn(arg) if this is the first call for once.  Every call returns when that
 * fn has ended, also if it ended by a panic or goexit().  fn must not call
 * once_do for the same once: it would wait for itself.
 */
static inline void once_do(struct once *once, void (*fn)(void *arg),
    void *arg);

/* ---- how the fast paths of these work ---- */

/* The sign of the word, which one instruction tests. */
#define ANTLER_MUTEX_LOCKED_ (1u << 31)
enum { ANTLER_RW_WRITER_ = 1 << 30 };

void antler_once_slow(struct once *once, void (*fn)(void *arg), void *arg);
void antler_mutex_lock_slow(struct mutex *m);
void antler_mutex_unlock_slow(struct mutex *m);
void antler_rw_rlock_slow(struct rwmutex *rw);
void antler_rw_runlock_slow(struct rwmutex *rw, int32_t n);

#if ANTLER_EXPLORED_
static inline void
mutex_lock(struct mutex *m)
{
	antler_explored_lock(m);
}

static inline void
mutex_unlock(struct mutex *m)
{
	antler_explored_unlock(m);
}

static inline void
rw_rlock(struct rwmutex *rw)
{
	antler_explored_rlock(rw);
}

static inline void
rw_runlock(struct rwmutex *rw)
{
	antler_explored_runlock(rw);
}

static inline void
once_do(struct once *once, void (*fn)(void *arg), void *arg)
{
	antler_explored_once(once, fn, arg);
}
#else
/*
 * A goroutine locks a mutex by setting the bit, whatever else the word says:
 * goroutines that wait, or are about to, have no claim to a mutex that is free.
 * If the bit was set already, setting it has changed nothing, and the slow path
 * waits.  An unlock without waiters is one lr/sc pair; all other cases, and a
 * store-conditional that failed for no reason, are left to the slow path.  Both
 * are written in assembly, because gcc 12 makes seven instructions of a
 * compare-and-swap and puts the release into a fence.  The order is that of
 * table A.6 of the unprivileged specification: amo.aq acquires, sc.rl releases.
 * The lr before the amo traps if the word is misaligned; the amo itself would
 * not on CPUs with Zama16b.
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

/* A reader only adds to the count of readers, which is negative while a writer
 * has the lock or waits for it. */
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

static inline void
once_do(struct once *once, void (*fn)(void *arg), void *arg)
{
	antler_check_aligned(once, sizeof(once->done_));
	/* acquire: what fn did is seen. */
	if (__builtin_expect(__atomic_load_n(&once->done_.v_,
	    __ATOMIC_ACQUIRE) == 0, 0))
		antler_once_slow(once, fn, arg);
}
#endif
