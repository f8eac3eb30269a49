/*
 * pool.c - pools: objects that are kept to be used again.
 *
 * In each pool that it uses, a P has a share: one private place and a stack.
 * pool_put fills the private place of its P, or else pushes onto the stack.
 * pool_get takes the newest object of its own P's share, else the oldest object
 * on the stack of another P, else a victim.
 *
 * At the start of each collection (gc/hook.h) the objects in a pool become its
 * victims, and the previous victims are dropped.  So an object that is used
 * again and again survives any number of collections, and an object that is not
 * used is freed by the second: this is Go's victim cache (Go commit 2dcbf8b3).
 * A pool that holds nothing at the start of a collection loses its store.
 *
 *	POOL-1	The store of every pool that holds an object can be reached from
 *		all_pools, and a store that cannot be reached from there belongs
 *		to no pool.
 *	POOL-2	Only the M that holds P i touches the private place of share i,
 *		and only in runtime text, where it is not preempted; or any hart
 *		with the world stopped.
 *	POOL-3	A goroutine that has allocated or waited looks up its store and
 *		share again: it may run on another P now, and a collection may
 *		have begun meanwhile.
 *
 * A share is found by the number of its P, 0 to PROCS_MAX - 1, in two steps.
 * The share stays when procresize retires the P.  Then the other Ps take the
 * objects from its stack, and the object from its private place once that has
 * become a victim.
 *
 * Locking.  share->lock guards the stack and all victims of the share.
 * pools_mutex guards the list all_pools, and which chunks and shares a store
 * has.
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

/* A stack of objects, in a ring of len places; len is 0 or a power of two.  The
 * oldest object is at place[first % len]. */
struct pool_stack {
	void           **place;		/* [L] collected */
	uint32_t         len;		/* [L] */
	uint32_t         first;		/* [L] counts up, and wraps */
	ATOMIC(uint32_t) n;		/* [l] stored under lock */
};

/*
 * A share: the objects of one P in one pool.
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
 * A store: all shares of one pool.  It changes under pools_mutex, and any hart
 * reads it without.
 */
struct pool_store {
	struct pool       *owner;	/* [I] */
	struct pool_store *next;	/* on all_pools */
	struct pool_share **chunk[CHUNKS];	/* CHUNK shares each, or NULL */
	ATOMIC(uint32_t)   limit;	/* all shares have lower numbers */
};
GC_TYPE(pool_store, owner, next, chunk);

static struct mutex       pools_mutex;
static struct pool_store *all_pools;	/* a root; POOL-1 */
static bool               hooked;	/* [pools_mutex] */

/* Load the pointer *at, which PUBLISH has stored. */
#define LOOK_UP(at)                                                        \
	/* acquire: pairs with fence_release in PUBLISH. */                \
	((__typeof__(*(at)))load_acquire(&((struct slot *)(at))->word))

/* Store value, which points to a complete object, in *at, where other harts
 * look it up. */
#define PUBLISH(at, value)                                                 \
	do {                                                               \
		fence_release();	/* pairs with LOOK_UP */           \
		gc_store(at, value);                                       \
	} while (0)

/* ---- stacks; the share's lock is held in all of these functions ---- */

static void
push(struct pool_stack *s, void *x)
{
	uint32_t n = load_relaxed(&s->n);	/* relaxed: locked */

	gc_store(&s->place[(s->first + n) & (s->len - 1)], x);
	store_relaxed(&s->n, n + 1);
}

/* Take the newest or the oldest object out of s, which is not empty. */
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

/* Move the objects of s to place, a new array of len places, which is larger.
 */
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

/* Drop the victims of share, and make its other objects the victims.  Returns
 * true if there are any.  World stopped. */
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

/* Return share i of store, or NULL if there is none. */
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

/* Return the store of pool, or NULL if it has none.  Panics if pool refers to
 * the store of another pool, or to something else: the program may have copied
 * or overwritten pool.  Only for functions that are FOR_PROGRAMS. */
INLINE struct pool_store *
store_of(struct pool *pool)
{
	struct pool_store *store = LOOK_UP(&pool->store_);

	if (store != NULL && UNLIKELY(store->owner != pool))
		panic_overwritten(pool);
	return store;
}

/* Return the share of this P in pool, or NULL if there is none.  The result is
 * valid until the caller allocates or waits (POOL-3). */
INLINE struct pool_share *
own_share(struct pool *pool)
{
	struct pool_store *store = store_of(pool);

	return store != NULL ? share_at(store, this_p()->id) : NULL;
}

/* Panic unless pool lies where a later collection can write to it. */
static FOR_PROGRAMS void
check_place(struct pool *pool)
{
	touch_word(&pool->store_);
	if ((uintptr_t)pool >= VM_KSTACK_LO)
		go_panic("pool: %p is on a stack", (void *)pool);
}

/* Make a share of this P in pool, and what it needs, so that own_share finds
 * it. */
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
	/* relaxed: a goroutine that does not see the new limit misses a share
	 * that has no objects yet. */
	if (load_relaxed(&store->limit) <= i)
		store_relaxed(&store->limit, i + 1);
	mutex_unlock(&pools_mutex);
}

/* ---- get and put ---- */

/* Take the newest or the oldest object out of s, a stack of share.  Returns
 * NULL if s is empty. */
static void *
take(struct pool_share *share, struct pool_stack *s, bool newest)
{
	void *x = NULL;

	/* relaxed, here and below: an object that is put at this moment may be
	 * missed. */
	if (load_relaxed(&s->n) == 0)
		return NULL;
	spin_lock(&share->lock);
	if (load_relaxed(&s->n) > 0)
		x = pop(s, newest);
	spin_unlock(&share->lock);
	return x;
}

/* Take a victim of share.  Returns NULL if there is none. */
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

/* Take an object from any share of pool.  Returns NULL if none is found. */
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

/* Do pool_put when this P has no share, or its private place is not free. */
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
