/*
 * explored.c - the fast paths of locks in an explore image.
 *
 * They do what the inline functions of include/antler/sync.h do.  But they are
 * out of line, have points at which other harts may go on, and tell the
 * explorer what they order (kernel/order.h).
 *
 * For a mutex the explorer is given the address of the mutex.  For a
 * readers-writer lock, readers acquire the address of write_ and release that
 * of read_; the writer acquires both and releases that of write_.  So readers
 * are not ordered among each other.
 */
#include "include/antler.h"
#include "kernel/order.h"
#include "lib/atomic.h"
#include "lib/compiler.h"

struct locked_word {
	ATOMIC(uint32_t) word;
};

struct counted_word {
	ATOMIC(int32_t) word;
};

FOR_PROGRAMS void
antler_explored_lock(struct mutex *m)
{
	struct locked_word *impl = (struct locked_word *)m;

	antler_check_aligned(m, sizeof(*m));
	/* acquire: pairs with the release of an unlock. */
	if (or_acquire(&impl->word, ANTLER_MUTEX_LOCKED_) &
	    ANTLER_MUTEX_LOCKED_)
		antler_mutex_lock_slow(m);
	order_acquire(m);
}

FOR_PROGRAMS void
antler_explored_unlock(struct mutex *m)
{
	struct locked_word *impl = (struct locked_word *)m;
	uint32_t locked = ANTLER_MUTEX_LOCKED_;

	antler_check_aligned(m, sizeof(*m));
	order_release(m);
	/* release: pairs with the acquire of a lock. */
	if (!cas_release(&impl->word, &locked, 0))
		antler_mutex_unlock_slow(m);
}

FOR_PROGRAMS void
antler_explored_rlock(struct rwmutex *rw)
{
	struct counted_word *impl = (struct counted_word *)rw;

	antler_check_aligned(rw, sizeof(rw->readers_));
	/* acquire: pairs with add_release in rw_unlock; the reader sees what
	 * the last writer did. */
	if (add_acquire(&impl->word, 1) < 0)
		antler_rw_rlock_slow(rw);
	order_acquire(&rw->write_);
}

FOR_PROGRAMS void
antler_explored_runlock(struct rwmutex *rw)
{
	struct counted_word *impl = (struct counted_word *)rw;
	int32_t n;

	antler_check_aligned(rw, sizeof(rw->readers_));
	order_release(&rw->read_);
	/* release: pairs with add_acquire in rw_lock; the reads end before the
	 * next writer begins. */
	n = add_release(&impl->word, -1) - 1;
	if (n < 0)
		antler_rw_runlock_slow(rw, n);
}

FOR_PROGRAMS void
antler_explored_once(struct once *once, void (*fn)(void *arg), void *arg)
{
	struct locked_word *impl = (struct locked_word *)once;

	antler_check_aligned(once, sizeof(once->done_));
	/* acquire: pairs with the store in once.c; the caller sees what fn did.
	 */
	if (load_acquire(&impl->word) == 0)
		antler_once_slow(once, fn, arg);
	order_acquire(once);
}
