/*
 * rwmutex.c - many readers or one writer.
 *
 * readers counts those who read or want to.  A writer that has won the mutex
 * makes it negative by subtracting RW_WRITER: readers that come now see that
 * and wait; those that were there count down leaving, and the last of them lets
 * the writer in.  So a writer waits for the readers before it and for no other,
 * and the readers that have come meanwhile are all let in before the next
 * writer: neither side starves.
 *
 *	RW-1	Only the holder of writers subtracts RW_WRITER, once, and adds
 *		it again.
 *	RW-2	leaving is 0 whenever readers is not negative.  It may be below
 *		0 for a moment: readers that leave count before the writer has
 *		counted them.
 *	RW-3	Each wait at either semaphore gets one permit: readers that saw
 *		a negative number are counted in it, and the writer's release
 *		adds up to just those.
 */
#include "include/antler.h"
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "runtime/fail/fatal.h"
#include "runtime/sched/sema.h"

/* More than there can be readers. */
enum { RW_WRITER = ANTLER_RW_WRITER_ };

struct rw_impl {
	ATOMIC(int32_t) readers;	/* [a] RW-1 */
	ATOMIC(int32_t) leaving;	/* [a] RW-2 */
	struct mutex    writers;	/* one writer at a time */
	struct sema     read;		/* readers wait here for the writer */
	struct sema     write;		/* the writer, for readers */
};

_Static_assert(sizeof(struct rw_impl) == sizeof(struct rwmutex) &&
    offsetof(struct rw_impl, readers) == offsetof(struct rwmutex, readers_),
    "opaque");

/* The caller is counted in readers and has seen a writer. */
void
antler_rw_rlock_slow(struct rwmutex *rw)
{
	struct rw_impl *impl = (struct rw_impl *)rw;

	sema_acquire_why(&impl->read, "sync.RWMutex.RLock");
}

/* The caller has left, and readers became n, which is negative. */
FOR_PROGRAMS void
antler_rw_runlock_slow(struct rwmutex *rw, int32_t n)
{
	struct rw_impl *impl = (struct rw_impl *)rw;

	if (n == -1 || n == -RW_WRITER - 1)
		fatal_error("sync: RUnlock of unlocked RWMutex");
	/* acq_rel: what each reader did goes before the writer, by way of the
	 * last one. */
	if (add_acq_rel(&impl->leaving, -1) == 1)
		sema_release(&impl->write);	/* RW-3 */
}

FOR_PROGRAMS bool
rw_tryrlock(struct rwmutex *rw)
{
	struct rw_impl *impl = (struct rw_impl *)rw;
	int32_t n;

	antler_check_aligned(rw, sizeof(rw->readers_));
	/* relaxed: the CAS decides. */
	n = load_relaxed(&impl->readers);
	while (n >= 0)
		/* acquire: pairs with add_release in rw_unlock. */
		if (cas_acquire(&impl->readers, &n, n + 1)) {
			order_acquire(&impl->write);
			return true;
		}
	return false;
}

FOR_PROGRAMS void
rw_lock(struct rwmutex *rw)
{
	struct rw_impl *impl = (struct rw_impl *)rw;
	int32_t n;

	mutex_lock(&impl->writers);
	/* acquire: pairs with the release of the readers that have left. */
	n = add_acquire(&impl->readers, -RW_WRITER);
	/* acq_rel: as in antler_rw_runlock_slow. */
	if (n != 0 && add_acq_rel(&impl->leaving, n) + n != 0)
		sema_acquire_why(&impl->write, "sync.RWMutex.Lock");
	order_acquire(&impl->read);
	order_acquire(&impl->write);
}

FOR_PROGRAMS bool
rw_trylock(struct rwmutex *rw)
{
	struct rw_impl *impl = (struct rw_impl *)rw;
	int32_t none = 0;

	if (!mutex_trylock(&impl->writers))
		return false;
	/* acquire: as in rw_lock. */
	if (cas_acquire(&impl->readers, &none, -RW_WRITER)) {
		order_acquire(&impl->read);
		order_acquire(&impl->write);
		return true;
	}
	mutex_unlock(&impl->writers);
	return false;
}

FOR_PROGRAMS void
rw_unlock(struct rwmutex *rw)
{
	struct rw_impl *impl = (struct rw_impl *)rw;
	int32_t n;

	antler_check_aligned(rw, sizeof(rw->readers_));
	order_release(&impl->write);
	/* release: pairs with the acquire of readers. */
	n = add_release(&impl->readers, RW_WRITER) + RW_WRITER;
	if (UNLIKELY(n >= RW_WRITER))
		fatal_error("sync: Unlock of unlocked RWMutex");
	sema_release_many(&impl->read, (uint32_t)n);	/* RW-3 */
	mutex_unlock(&impl->writers);
}
