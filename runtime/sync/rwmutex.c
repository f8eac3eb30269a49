/*
 * rwmutex.c - many readers or one writer.
 *
 * readers counts the goroutines that read or wait to read.  A writer that has
 * locked the mutex writers subtracts RW_WRITER, which makes readers negative.
 * Readers that come from now on see the negative number and wait.  The readers
 * that were there before the writer count leaving down, and the last of them
 * lets the writer in.  So a writer waits only for the readers that came before
 * it, and all readers that have come meanwhile are let in before the next
 * writer: neither side starves.
 *
 *	RW-1	Only the holder of writers subtracts RW_WRITER from readers,
 *		once, and adds it again.
 *	RW-2	leaving is 0 whenever readers is not negative.  leaving may be
 *		negative for a moment, because readers that leave may subtract
 *		themselves before the writer has added them.
 *	RW-3	Each wait at one of the two semaphores gets one permit.  Readers
 *		that saw a negative number are counted in readers, and the
 *		writer that unlocks releases as many permits as it finds counted
 *		there.
 */
#include "include/antler.h"
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "lib/compiler.h"
#include "runtime/fail/fatal.h"
#include "runtime/sched/sema.h"

/* A number larger than the number of readers can be. */
enum { RW_WRITER = ANTLER_RW_WRITER_ };

struct rw_impl {
	ATOMIC(int32_t) readers;	/* [a] RW-1 */
	ATOMIC(int32_t) leaving;	/* [a] RW-2 */
	struct mutex    writers;	/* one writer at a time */
	struct sema     read;		/* readers wait here for the writer */
	struct sema     write;		/* the writer waits here for readers */
};

_Static_assert(sizeof(struct rw_impl) == sizeof(struct rwmutex) &&
    offsetof(struct rw_impl, readers) == offsetof(struct rwmutex, readers_),
    "opaque");

/* Wait for the writer.  The caller has added itself to readers and found that
 * the number was negative. */
void
antler_rw_rlock_slow(struct rwmutex *rw)
{
	struct rw_impl *impl = (struct rw_impl *)rw;

	sema_acquire_why(&impl->read, "sync.RWMutex.RLock");
}

/* Tell the writer that a reader has left.  The caller has subtracted itself
 * from readers, which became n, a negative number. */
FOR_PROGRAMS void
antler_rw_runlock_slow(struct rwmutex *rw, int32_t n)
{
	struct rw_impl *impl = (struct rw_impl *)rw;

	if (n == -1 || n == -RW_WRITER - 1)
		fatal_error("sync: RUnlock of unlocked RWMutex");
	/* acq_rel: what each reader did comes before what the writer does,
	 * because the last reader acquires it from the others here, and
	 * passes it on to the writer. */
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
	/* release: pairs with the acquire with which readers add themselves. */
	n = add_release(&impl->readers, RW_WRITER) + RW_WRITER;
	if (UNLIKELY(n >= RW_WRITER))
		fatal_error("sync: Unlock of unlocked RWMutex");
	sema_release_many(&impl->read, (uint32_t)n);	/* RW-3 */
	mutex_unlock(&impl->writers);
}
