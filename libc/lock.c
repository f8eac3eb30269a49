/*
 * lock.c - picolibc's locks: mutexes that a goroutine may take again.
 *
 * Whoever waits for one parks.  The names and their meaning are those of
 * <sys/lock.h> with _RETARGETABLE_LOCKING.
 */
#include <stdlib.h>
#include <sys/lock.h>

#include "libc/libc.h"

struct __lock {
	struct libc_lock lock;
};

struct __lock __lock___libc_recursive_mutex;

void
libc_lock(struct libc_lock *l)
{
	uint64_t me = goid();

	/* Only this goroutine stores its own number there. */
	if (atomic64_load(&l->owner) != me) {
		mutex_lock(&l->mutex);
		atomic64_store(&l->owner, me);
	}
	l->depth++;
}

bool
libc_trylock(struct libc_lock *l)
{
	uint64_t me = goid();

	if (atomic64_load(&l->owner) != me) {
		if (!mutex_trylock(&l->mutex))
			return false;
		atomic64_store(&l->owner, me);
	}
	l->depth++;
	return true;
}

void
libc_unlock(struct libc_lock *l)
{
	if (--l->depth > 0)
		return;
	atomic64_store(&l->owner, 0);
	mutex_unlock(&l->mutex);
}

void
__retarget_lock_init(_LOCK_T *lock)
{
	*lock = calloc(1, sizeof(**lock));
	if (*lock == NULL)
		go_panic("out of memory: no lock for the C library");
}

void
__retarget_lock_close(_LOCK_T lock)
{
	free(lock);
}

void
__retarget_lock_acquire(_LOCK_T lock)
{
	libc_lock(&lock->lock);
}

int
__retarget_lock_try_acquire(_LOCK_T lock)
{
	return libc_trylock(&lock->lock);
}

void
__retarget_lock_release(_LOCK_T lock)
{
	libc_unlock(&lock->lock);
}

/* All locks may be taken again, so the recursive ones are the same. */
#define SAME_AS(name) __attribute__((alias(#name)))
void __retarget_lock_init_recursive(_LOCK_T *lock)
    SAME_AS(__retarget_lock_init);
void __retarget_lock_close_recursive(_LOCK_T lock)
    SAME_AS(__retarget_lock_close);
void __retarget_lock_acquire_recursive(_LOCK_T lock)
    SAME_AS(__retarget_lock_acquire);
int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
    SAME_AS(__retarget_lock_try_acquire);
void __retarget_lock_release_recursive(_LOCK_T lock)
    SAME_AS(__retarget_lock_release);
