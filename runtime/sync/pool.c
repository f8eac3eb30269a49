/*
 * pool.c - objects to be used again.
 *
 * Each P has, in each pool it uses, one private place and a stack: pool_put
 * fills the private place or pushes, pool_get takes the newest of its own, then
 * the oldest of another P's, then what the last collection has left over.
 *
 * At the start of each collection (gc/hook.h) what a pool holds becomes its
 * victims, and the victims before are dropped.  So what is used all the time
 * survives any number of collections, and what is not is free after two: Go's
 * victim cache (Go commit 2dcbf8b3).  A pool that holds nothing is forgotten.
 *
 *	POOL-1	all_pools reaches the store of every pool that holds anything;
 *		a store that it does not reach belongs to no pool.
 *	POOL-2	Only the M that holds P i touches the private place of share i,
 *		and only in runtime text, hence without being interrupted; or
 *		anybody with the world stopped.
 *	POOL-3	Whoever has allocated, or waited, looks everything up again: it
 *		may be on another P, and a collection may have been.
 *
 * Shares are found by P number, 0 to PROCS_MAX - 1, in two steps, and stay when
 * procresize retires the P: others take from its stack, and from its private
 * place once that has become a victim.
 *
 * Locking.  share->lock guards its stack and all victims of the share;
 * pools_mutex who is on all_pools and what a store consists of.
 */
#include "gc/gc.h"
#include "gc/hook.h"
#include "gc/slot.h"
#include "kernel/order.h"
#include "kernel/vm.h"
#include "lib/atomic.h"
#include "lib/check.h"
#include "runtime/fail/touch.h"
#include "runtime/sched/sched.h"

enum { CHUNK = 32, CHUNKS = PROCS_MAX / CHUNK, FIRST_ROOM = 8 };

/* Objects, first in at [first]: a ring of len places, len a power of two. */
struct pool_stack {
	void           **place;		/* [L] collected */
	uint32_t         len;		/* [L] */
	uint32_t         first;		/* [L] counts freely */
	ATOMIC(uint32_t) n;		/* [l] stored under lock */
};

/*
 * What one P has in one pool.
 * Lock: lock.
 * Field key:	[L] by lock	[l] stored under lock, loaded by any
 *		[o] the M that holds the P (POOL-2)
 */
struct pool_share {
	void             *private;	/* [o] */
	void             *old_private;	/* [L] a victim */
	struct pool_stack now;
	struct pool_stack old;		/* victims */
	struct spinlock   lock;
};
GC_TYPE(pool_share, private, old_private, now.place, old.place);

/*
 * What a pool holds.  Changes under pools_mutex, read by any.
 */
struct pool_store {
	struct pool       *owner;	/* [I] */
	struct pool_store *next;	/* on all_pools */
	struct pool_share **chunk[CHUNKS];	/* CHUNK shares each, or NULL */
	ATOMIC(uint32_t)   limit;	/* no share has a higher number */
};
GC_TYPE(pool_store, owner, next, chunk);

static struct mutex       pools_mutex;
static struct pool_store *all_pools;	/* a root; POOL-1 */
static bool               hooked;	/* [pools_mutex] */

/* What *at points to, which PUBLISH has stored. */
#define LOOK_UP(at)                                                        \
	/* acquire: pairs with fence_release in PUBLISH. */                \
	((__typeof__(*(at)))load_acquire(&((struct slot *)(at))->word))

/* Store value, a complete object, where others look. */
#define PUBLISH(at, value)                                                 \
	do {                                                               \
		fence_release();	/* pairs with LOOK_UP */           \
		gc_store(at, value);                                       \
	} while (0)

/* ---- stacks: all with the share's lock held ---- */

static void
push(struct pool_stack *s, void *x)
{
	uint32_t n = load_relaxed(&s->n);	/* relaxed: locked */

	gc_store(&s->place[(s->first + n) & (s->len - 1)], x);
	store_relaxed(&s->n, n + 1);
}

/* The newest or the oldest; s is not empty. */
static void *
pop(struct pool_stack *s, bool newest)
{
	uint32_t n = load_relaxed(&s->n);	/* relaxed: locked */
	void **place = &s->place[(newest ? s->first + n - 1 : s->first++) &
	    (s->len - 1)];
	void *x = *place;

	gc_store(place, NULL);
	store_relaxed(&s->n, n - 1);
	return x;
}

/* Move what is in s to a larger place, which is empty. */
static void
enlarge(struct pool_stack *s, void **place, uint32_t len)
{
	struct pool_stack wide = { .place = place, .len = len };

	for (uint32_t i = 0; i < load_relaxed(&s->n); i++)
		push(&wide, s->place[(s->first + i) & (s->len - 1)]);
	gc_store(&s->place, place);
	s->len = len;
	s->first = 0;
}

/* ---- at the start of a collection ---- */

/* What share holds becomes victims.  False if that is nothing. */
static bool
age(struct pool_share *share)
{
	bool any = share->private != NULL || load_relaxed(&share->now.n) > 0;

	gc_store(&share->old_private, share->private);
	gc_store(&share->private, NULL);
	gc_store(&share->old.place, share->now.place);
	gc_store(&share->now.place, NULL);
	share->old.first = share->now.first;
	share->old.len = share->now.len;
	/* relaxed: world stopped. */
	store_relaxed(&share->old.n, load_relaxed(&share->now.n));
	share->now.len = share->now.first = 0;
	store_relaxed(&share->now.n, 0);
	return any;
}

static void
age_all_stw(void)
{
	struct pool_store **link = &all_pools, *store;

	while ((store = *link) != NULL) {
		bool any = false;

		for (uint32_t i = 0; i < PROCS_MAX; i++) {
			struct pool_share **chunk = store->chunk[i / CHUNK];

			if (chunk == NULL)
				i += CHUNK - 1;
			else if (chunk[i % CHUNK] != NULL)
				any |= age(chunk[i % CHUNK]);
		}
		if (any) {
			link = &store->next;
			continue;
		}
		gc_store(&store->owner->store_, NULL);	/* POOL-1 */
		gc_store(link, store->next);
	}
}

/* ---- shares ---- */

/* Share i of store, or NULL. */
static struct pool_share *
share_at(struct pool_store *store, uint32_t i)
{
	struct pool_share **chunk = LOOK_UP(&store->chunk[i / CHUNK]);

	return chunk != NULL ? LOOK_UP(&chunk[i % CHUNK]) : NULL;
}

NORETURN COLD static void
panic_overwritten(const struct pool *pool)
{
	go_panic("pool: %p has been copied or overwritten", (const void *)pool);
}

/* The store of pool, or NULL.  Panics if it is that of another, or none: what a
 * program has of a pool it may have copied.  In a function that is
 * FOR_PROGRAMS.
 */
INLINE struct pool_store *
store_of(struct pool *pool)
{
	struct pool_store *store = LOOK_UP(&pool->store_);

	if (store != NULL && UNLIKELY(store->owner != pool))
		panic_overwritten(pool);
	return store;
}

/* The share of this P, or NULL.  True until the caller allocates or waits. */
INLINE struct pool_share *
own_share(struct pool *pool)
{
	struct pool_store *store = store_of(pool);

	return store != NULL ? share_at(store, this_p()->id) : NULL;
}

/* Panic unless pool can be remembered: a collection writes to it later on. */
static FOR_PROGRAMS void
check_place(struct pool *pool)
{
	touch_word(&pool->store_);
	if ((uintptr_t)pool >= VM_KSTACK_LO)
		go_panic("pool: %p is on a stack", (void *)pool);
}

/* Make what own_share lacked. */
static NOINLINE void
make_share(struct pool *pool)
{
	struct pool_store *store, *new_store;
	struct pool_share **new_chunk;
	struct pool_share *new_share;
	uint32_t i;

	check_place(pool);
	new_store = gc_new(&pool_store_type);
	new_chunk = gc_new_array(&gc_ptr_type, CHUNK);
	new_share = gc_new(&pool_share_type);
	spin_init(&new_share->lock, "pool", RANK_POOL);
	mutex_lock(&pools_mutex);
	if (!hooked) {
		gc_root(all_pools);
		gc_on_cycle(age_all_stw);
		hooked = true;
	}
	i = this_p()->id;			/* POOL-3 */
	store = pool->store_;
	if (store == NULL) {
		store = new_store;
		gc_store(&store->owner, pool);
		gc_store(&store->next, all_pools);
		gc_store(&all_pools, store);
		PUBLISH(&pool->store_, (void *)store);
	}
	if (store->chunk[i / CHUNK] == NULL)
		PUBLISH(&store->chunk[i / CHUNK], new_chunk);
	if (store->chunk[i / CHUNK][i % CHUNK] == NULL)
		PUBLISH(&store->chunk[i / CHUNK][i % CHUNK], new_share);
	/* relaxed: who misses a new share finds nothing there, as before. */
	if (load_relaxed(&store->limit) <= i)
		store_relaxed(&store->limit, i + 1);
	mutex_unlock(&pools_mutex);
}

/* ---- get and put ---- */

/* One of s, if there is any. */
static void *
take(struct pool_share *share, struct pool_stack *s, bool newest)
{
	void *x = NULL;

	/* relaxed, here and below: what comes this moment may be missed. */
	if (load_relaxed(&s->n) == 0)
		return NULL;
	spin_lock(&share->lock);
	if (load_relaxed(&s->n) > 0)
		x = pop(s, newest);
	spin_unlock(&share->lock);
	return x;
}

/* A victim of share, or NULL. */
static void *
take_victim(struct pool_share *share)
{
	void *x = NULL;

	if (LOOK_UP(&share->old_private) != NULL) {
		spin_lock(&share->lock);
		x = share->old_private;
		gc_store(&share->old_private, NULL);
		spin_unlock(&share->lock);
	}
	return x != NULL ? x : take(share, &share->old, true);
}

/* One from any share of pool, or NULL. */
static NOINLINE FOR_PROGRAMS void *
search(struct pool *pool)
{
	struct pool_store *store = store_of(pool);
	struct pool_share *share;
	uint32_t own = this_p()->id, limit;
	void *x;

	if (store == NULL)
		return NULL;
	share = share_at(store, own);
	if (share != NULL && (x = take(share, &share->now, true)) != NULL)
		return x;
	limit = load_relaxed(&store->limit);
	for (uint32_t k = 1; k <= limit; k++) {
		share = share_at(store, (own + k) % limit);
		if (share != NULL &&
		    (x = take(share, &share->now, false)) != NULL)
			return x;
	}
	for (uint32_t k = 0; k < limit; k++) {
		share = share_at(store, (own + k) % limit);
		if (share != NULL && (x = take_victim(share)) != NULL)
			return x;
	}
	return NULL;
}

FOR_PROGRAMS void *
pool_get(struct pool *pool)
{
	struct pool_share *share = own_share(pool);
	void *x;

	order_acquire(pool);
	if (LIKELY(share != NULL && share->private != NULL)) {
		x = share->private;			/* POOL-2 */
		gc_store(&share->private, NULL);
		return x;
	}
	x = search(pool);
	if (x == NULL && pool->make != NULL)
		x = pool->make(pool->arg);
	return x;
}

/* pool_put, when the private place is not free or not there. */
static NOINLINE FOR_PROGRAMS void
put_slow(struct pool *pool, void *x)
{
	void **spare = NULL;
	uint32_t spare_len = 0, len;

	for (;;) {
		struct pool_share *share = own_share(pool);	/* POOL-3 */

		if (share == NULL) {
			make_share(pool);
			continue;
		}
		if (share->private == NULL) {
			gc_store(&share->private, x);
			return;
		}
		spin_lock(&share->lock);
		len = share->now.len;
		if (load_relaxed(&share->now.n) == len && spare_len > len)
			enlarge(&share->now, spare, len = spare_len);
		if (load_relaxed(&share->now.n) < len) {
			push(&share->now, x);
			spin_unlock(&share->lock);
			return;
		}
		spin_unlock(&share->lock);
		spare_len = len > 0 ? 2 * len : FIRST_ROOM;
		spare = gc_new_array(&gc_ptr_type, spare_len);
	}
}

FOR_PROGRAMS void
pool_put(struct pool *pool, void *x)
{
	struct pool_share *share = own_share(pool);

	if (x == NULL)
		return;
	order_release(pool);
	if (LIKELY(share != NULL && share->private == NULL))
		gc_store(&share->private, x);		/* POOL-2 */
	else
		put_slow(pool, x);
}
