/*
 * atomics.c - one function for each word of lib/atomic.h, for check.py to look
 * at its instructions.  Never linked.  The name of a function begins with what
 * it must be: acquire, release, both, relaxed, full, pause, lock or unlock.
 */
#include "include/antler.h"
#include "kernel/spinlock.h"
#include "lib/atomic.h"

typedef ATOMIC(uint32_t) u32;
typedef ATOMIC(uint64_t) u64;

/* Define a function for each width of an expression in p, x and e. */
#define BOTH(name, expr)                                                  \
	uint64_t name##_32(u32 *p, uint32_t x, uint32_t e);               \
	uint64_t name##_32(u32 *p, uint32_t x, uint32_t e)                \
	{ (void)x; (void)e; return (uint64_t)(expr); }                    \
	uint64_t name##_64(u64 *p, uint64_t x, uint64_t e);               \
	uint64_t name##_64(u64 *p, uint64_t x, uint64_t e)                \
	{ (void)x; (void)e; return (uint64_t)(expr); }

BOTH(relaxed_load, load_relaxed(p))
BOTH(acquire_load, load_acquire(p))
BOTH(relaxed_store, (store_relaxed(p, x), 0))
BOTH(release_store, (store_release(p, x), 0))
BOTH(relaxed_add, add_relaxed(p, x))
BOTH(acquire_add, add_acquire(p, x))
BOTH(release_add, add_release(p, x))
BOTH(both_add, add_acq_rel(p, x))
BOTH(relaxed_or, or_relaxed(p, x))
BOTH(release_or, or_release(p, x))
BOTH(relaxed_and, and_relaxed(p, x))
BOTH(release_and, and_release(p, x))
BOTH(acquire_swap, swap_acquire(p, x))
BOTH(release_swap, swap_release(p, x))
BOTH(both_swap, swap_acq_rel(p, x))
BOTH(relaxed_cas, cas_relaxed(p, &e, x))
BOTH(acquire_cas, cas_acquire(p, &e, x))
BOTH(release_cas, cas_release(p, &e, x))
BOTH(both_cas, cas_acq_rel(p, &e, x))

/* The public atomics are sequentially consistent, so a load comes behind a
 * fence, and all others order both ways. */
#define PUBLIC(name, args)                                                \
	uint64_t name##_32(struct atomic32 *p, uint32_t x, uint32_t y);   \
	uint64_t name##_32(struct atomic32 *p, uint32_t x, uint32_t y)    \
	{ (void)x; (void)y; return (uint64_t)(atomic32_##args); }         \
	uint64_t name##_64(struct atomic64 *p, uint64_t x, uint64_t y);   \
	uint64_t name##_64(struct atomic64 *p, uint64_t x, uint64_t y)    \
	{ (void)x; (void)y; return (uint64_t)(atomic64_##args); }

PUBLIC(full_public_load, load(p))
PUBLIC(acquire_public_load, load(p))
PUBLIC(both_public_add, add(p, x))
PUBLIC(both_public_and, and(p, x))
PUBLIC(both_public_or, or(p, x))
PUBLIC(both_public_swap, swap(p, x))
PUBLIC(both_public_cas, cas(p, x, y))

void release_public_store(struct atomic64 *p, uint64_t x);
void
release_public_store(struct atomic64 *p, uint64_t x)
{
	atomic64_store(p, x);
}

void full_fence(void);
void
full_fence(void)
{
	fence_seq_cst();
}

void pause_relax(void);
void
pause_relax(void)
{
	cpu_relax();
}

void lock_spin(struct spinlock *lock);
void
lock_spin(struct spinlock *lock)
{
	spin_lock(lock);
}

void unlock_spin(struct spinlock *lock);
void
unlock_spin(struct spinlock *lock)
{
	spin_unlock(lock);
}

/* The inline half of the public locks; the second half is a call. */
#define LOCKS(name, type)                                                 \
	void lock_##name(struct type *it);                                \
	void lock_##name(struct type *it) { name##_take(it); }            \
	void unlock_##name(struct type *it);                              \
	void unlock_##name(struct type *it) { name##_give(it); }

#define mutex_take mutex_lock
#define mutex_give mutex_unlock
#define rw_take rw_rlock
#define rw_give rw_runlock
LOCKS(mutex, mutex)
LOCKS(rw, rwmutex)
