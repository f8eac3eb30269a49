/*
 * special.c - finalizers, cleanups and weak handles: records beside objects.
 *
 * Concepts.  A *special* is a record of one thing attached to one object.  It
 * lies outside the heap, in a slab of such records, and is on one list: of the
 * specials of 64 neighbouring slots of a span (span->specials has a list for
 * each word of bits), highest address first, for that is mostly where the next
 * one belongs.  A span without specials has no lists, and sweeping it costs one
 * test more than if there were no specials in the world.
 *
 * The three kinds differ in what they keep alive and in what happens when
 * sweeping finds the object dead:
 *
 *	finalizer  keeps its arg, and all that the object refers to; not the
 *		   object.  It is run, once, with the object, which lives on
 *		   at least until then.
 *	cleanup    keeps its arg.  It is run, once, when the object is gone.
 *	weak       keeps its handle.  The handle is set to NULL.
 *
 *	SPECIAL-1 A finalizer's object that is found dead is *revived*: it is
 *		black when sweeping has done with it, and on the queue.  All
 *		that it refers to is black too: marking has scanned it, as a
 *		root; or the finalizer was attached while marking, and then the
 *		object was marked itself.
 *	SPECIAL-2 Weak handles of a dead object, revived or not, are NULL before
 *		any finalizer can see the object, and stay so.  Its cleanups
 *		wait until it is dead and is not revived.
 *	SPECIAL-3 Hence the order: of two objects with finalizers, one of which
 *		refers to the other, first comes the one that is not referred
 *		to, the other in a later cycle.  An object with a finalizer that
 *		can be reached from itself is reachable for ever: it is never
 *		freed.
 *	SPECIAL-4 Let a span be *settled* if its specials_gen is heap.sweepgen.
 *		A span with specials that is not settled is not swept, and its
 *		white bits are those that marking has left.  A handle whose
 *		object lies in a settled span tells the truth.
 *
 * The owner of a span settles it, under the lock, before it changes a bit of
 * it.  Who attaches the first special to a span that may await sweeping settles
 * it too: the object is alive, since the caller has it.  heap.sweepgen changes
 * with the world stopped, so in one piece of runtime text settled is settled.
 *
 * A slab is never freed and its records are never anything else, so who has a
 * cleanup's record and the number it had then can ask whether it is still the
 * same.
 *
 * Marking.  Slabs are root jobs, one each.  A job copies a record under the
 * lock and marks from the copy.  What is attached while marking goes on may
 * have missed its job; but its arg comes from a goroutine, so it is old or new
 * (MARKER-1) and will be marked anyway.  What leaves a record is shaded, as a
 * store into a slot would (MARKER-2).
 *
 * Here are the records, what marking and sweeping do with them, and a check.
 * Who attaches is in attach.c, what is due in errand.c, weak_value in weak.c.
 *
 * Locking.  special_lock guards everything here.  One lock: what is done under
 * it is a few dozen instructions, and weak_value does without (weak.c).
 *
 * Rejected: a list per span, as Go has, sorted by address: a thousand small
 * objects in a span make it a quarter of a million steps to attach something
 * to each.
 */
#include "gc/special.h"

#include "gc/heap.h"
#include "gc/mark.h"
#include "gc/meta.h"
#include "gc/special_internal.h"
#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"

struct special_slab {
	struct special_slab *next;	/* [I] made before */
	struct special       special[(PAGE_SIZE - 8) / sizeof(struct special)];
};

/*
 * Field key:	[L] by special_lock	[C] CAS		[a] atomic
 */
struct spinlock special_lock =
    SPINLOCK_INIT("gc specials", RANK_GC_SPECIAL);
static struct {
	struct special_slab          *slabs;	/* [L] newest first */
	size_t                        nslabs;	/* [L] */
	struct special               *free;	/* [L] */
	uint64_t                      number;	/* [L] the last one given */
	ATOMIC(struct special_slab *) to_scan;	/* [C] of the root jobs */
} specials;

/* ---- records, all with the lock held ---- */

static bool
new_slab_locked(void)
{
	struct special_slab *slab = page_alloc(1);

	if (slab == NULL)
		return false;
	/* relaxed: a statistic. */
	add_relaxed(&heap.meta_pages, 1);
	memset(slab, 0, sizeof(*slab));
	for (size_t i = ARRAY_LEN(slab->special); i-- > 0;) {
		slab->special[i].next = specials.free;
		specials.free = &slab->special[i];
	}
	slab->next = specials.slabs;
	specials.slabs = slab;
	specials.nslabs++;
	return true;
}

void
special_free_locked(struct special *sp)
{
	special_set_kind(sp, SPECIAL_FREE);
	sp->ptr = 0;
	sp->arg = NULL;
	sp->number = 0;
	sp->next = specials.free;
	specials.free = sp;
}

/* ---- lists, all with the lock held ---- */

static size_t
lists_bytes(const struct span *s)
{
	return meta_size((s->nslots / 64 + 1) * sizeof(struct special *));
}

/* Where the specials of the object at ptr, of s, are listed. */
struct special **
special_list_locked(const struct span *s, uintptr_t ptr)
{
	/* relaxed: locked. */
	struct special **lists = load_relaxed(&s->specials);

	return lists == NULL ? NULL : &lists[span_index(s, ptr) / 64];
}

/* The same; makes lists if there are none.  NULL without memory. */
static struct special **
need_list_locked(struct span *s, uintptr_t ptr)
{
	struct special **lists;

	if (load_relaxed(&s->specials) == NULL) {
		lists = meta_alloc(lists_bytes(s));
		if (lists == NULL)
			return NULL;
		memset(lists, 0, lists_bytes(s));
		/* relaxed: read without the lock only to see whether there are
		 * any; a sweeper that does not see those made after the last
		 * stop of the world need not. */
		store_relaxed(&s->specials, lists);
		/* release: pairs with load_acquire in weak_value. */
		store_release(&s->specials_gen, load_relaxed(&heap.sweepgen));
	}
	return special_list_locked(s, ptr);
}

/* The special of that kind of just that address of s; *link leads to it. */
struct special *
special_find_locked(const struct span *s, uintptr_t ptr, enum special_kind kind,
    struct special ***link)
{
	struct special **at = special_list_locked(s, ptr);

	for (; at != NULL && *at != NULL && (*at)->ptr >= ptr;
	    at = &(*at)->next)
		if ((*at)->ptr == ptr && special_kind(*at) == kind) {
			*link = at;
			return *at;
		}
	return NULL;
}

/* A new special of the object at ptr; NULL without memory. */
struct special *
special_attach_locked(enum special_kind kind, uintptr_t ptr, void *arg)
{
	struct special **list = need_list_locked(span_of(ptr), ptr);
	struct special  *sp;

	if (list == NULL || (specials.free == NULL && !new_slab_locked()))
		return NULL;
	while (*list != NULL && (*list)->ptr > ptr)
		list = &(*list)->next;
	sp = specials.free;
	specials.free = sp->next;
	sp->ptr = ptr;
	sp->arg = arg;
	sp->number = ++specials.number;
	sp->next = *list;
	*list = sp;
	special_set_kind(sp, kind);
	return sp;
}

/* ---- marking ---- */

size_t
special_jobs_stw(void)
{
	/* relaxed: world stopped. */
	store_relaxed(&specials.to_scan, specials.slabs);
	return specials.nslabs;
}

/* Mark what sp, which is in use, keeps alive. */
static void
scan_special(struct gc_work *w, struct special *sp)
{
	enum special_kind kind;
	uintptr_t         ptr;
	void             *arg;

	spin_lock(&special_lock);
	kind = special_kind(sp);
	ptr = sp->ptr;
	arg = sp->arg;
	spin_unlock(&special_lock);
	gc_shade(w, arg);
	if (kind == SPECIAL_FINALIZER && !FAULT(gc_finalizer_keeps_nothing))
		mark_children(w, ptr);				/* SPECIAL-1 */
	else if (kind == SPECIAL_DUE_FINALIZER)
		gc_shade(w, (void *)ptr);
}

void
special_scan_job(struct gc_work *w)
{
	/* relaxed: slabs are older than the stop of the world that began this
	 * marking, and never go. */
	struct special_slab *slab = load_relaxed(&specials.to_scan);

	while (slab != NULL &&
	    !cas_relaxed(&specials.to_scan, &slab, slab->next))
		;
	for (size_t i = 0; slab != NULL && i < ARRAY_LEN(slab->special); i++)
		if (special_kind(&slab->special[i]) != SPECIAL_FREE)
			scan_special(w, &slab->special[i]);
}

void
special_tell_holder(uintptr_t target,
    void (*out)(const char *fmt, ...) PRINTF(1, 2))
{
	static const char *const names[] = {
		[SPECIAL_FREE] = "nothing", /* not seen */
		[SPECIAL_WEAK] = "a weak pointer, as its handle,",
		[SPECIAL_FINALIZER] = "a finalizer, as its argument,",
		[SPECIAL_CLEANUP] = "a cleanup, as its argument,",
		[SPECIAL_DUE_FINALIZER] = "a finalizer that is to run",
		[SPECIAL_DUE_CLEANUP] = "a cleanup that is to run",
	};
	struct special_slab *slab = specials.slabs;
	struct gc_object object;

	for (; slab != NULL; slab = slab->next)
		for (size_t i = 0; i < ARRAY_LEN(slab->special); i++) {
			const struct special *sp = &slab->special[i];

			if (!(gc_find_object(sp->arg, &object) &&
			    (uintptr_t)object.base == target) &&
			    !(special_kind(sp) == SPECIAL_DUE_FINALIZER &&
			    sp->ptr == target))
				continue;
			out("%s of %#lx", names[special_kind(sp)], sp->ptr);
			return;
		}
}

/* ---- sweeping ---- */

/* Which of the slots in dead have a finalizer. */
static uint64_t
finalized_locked(const struct span *s, const struct special *sp, uint64_t dead)
{
	uint64_t mask = 0;

	for (; sp != NULL; sp = sp->next)
		if (special_kind(sp) == SPECIAL_FINALIZER)
			mask |= 1ULL << (span_index(s, sp->ptr) % 64);
	return mask & dead;
}

/* The dead of the 64 slots whose specials these are; some are revived. */
static void
sweep_list_locked(const struct span *s, struct special **at, uint64_t dead,
    uint64_t revived)
{
	struct special *sp;

	while ((sp = *at) != NULL) {
		uint64_t bit = 1ULL << (span_index(s, sp->ptr) % 64);

		if ((dead & bit) == 0 || ((revived & bit) != 0 &&
		    special_kind(sp) == SPECIAL_CLEANUP)) {
			at = &sp->next;
			continue;
		}
		*at = sp->next;
		switch (special_kind(sp)) {
		case SPECIAL_WEAK:				/* SPECIAL-2 */
			/* relaxed: see weak_value. */
			store_relaxed(&((struct weak_handle *)sp->arg)->ptr,
			    0);
			special_free_locked(sp);
			break;
		case SPECIAL_FINALIZER:
			special_queue_locked(sp, SPECIAL_DUE_FINALIZER);
			break;
		default:
			special_queue_locked(sp, SPECIAL_DUE_CLEANUP);
			break;
		}
	}
}

void
special_sweep(struct span *s)
{
	/* relaxed: changes only with the world stopped. */
	uint32_t         gen = load_relaxed(&heap.sweepgen);
	bool             any = false;
	struct special **lists;

	spin_lock(&special_lock);
	lists = load_relaxed(&s->specials);
	if (load_relaxed(&s->specials_gen) == gen)
		goto out;		/* attached since, to a live object */
	for (uint32_t w = 0; w <= s->nslots / 64; w++) {
		/* relaxed: we own s, and marking is over. */
		uint64_t dead = load_relaxed(&s->white[w].bits), revived;

		if (lists[w] == NULL)
			continue;
		revived = finalized_locked(s, lists[w], dead);
		if (dead != 0)
			sweep_list_locked(s, &lists[w], dead, revived);
		if (revived != 0)				/* SPECIAL-1 */
			store_relaxed(&s->white[w].bits, dead & ~revived);
		any |= lists[w] != NULL;
	}
	if (!any) {
		store_relaxed(&s->specials, NULL);
		meta_free(lists, lists_bytes(s));
	}
	/* release: pairs with load_acquire in weak_value.  SPECIAL-4. */
	store_release(&s->specials_gen, gen);
out:
	spin_unlock(&special_lock);
}

/* ---- checking ---- */

struct census {
	size_t listed;
};

static void
check_span(struct span *s, void *arg)
{
	struct census   *c = arg;
	struct special **lists = load_relaxed(&s->specials);

	for (uint32_t w = 0; lists != NULL && w <= s->nslots / 64; w++)
		for (struct special *sp = lists[w]; sp != NULL; sp = sp->next) {
			uint64_t i = span_index(s, sp->ptr);

			c->listed++;
			if (span_of(sp->ptr) != s || i / 64 != w ||
			    (sp->next != NULL && sp->next->ptr > sp->ptr))
				panic("gc: special of %lx is on a list of "
				    "span %p", (unsigned long)sp->ptr,
				    (void *)s);
			if (!span_allocated(s, i))
				panic("gc: a special of kind %u of %lx, which "
				    "is free", load_relaxed(&sp->kind),
				    (unsigned long)sp->ptr);
		}
}

void
special_check(void)
{
	struct census c = { 0 };
	size_t        listed = 0, due = special_ndue();

	span_each(check_span, &c);
	for (struct special_slab *slab = specials.slabs; slab != NULL;
	    slab = slab->next)
		for (size_t i = 0; i < ARRAY_LEN(slab->special); i++) {
			enum special_kind kind =
			    special_kind(&slab->special[i]);

			listed += kind != SPECIAL_FREE &&
			    kind < SPECIAL_DUE_FINALIZER;
			due -= kind >= SPECIAL_DUE_FINALIZER;
		}
	if (listed != c.listed || due != 0)
		panic("gc: %zu specials in use, %zu on lists of spans; the "
		    "queue is off by %zd", listed, c.listed, (ptrdiff_t)due);
}
