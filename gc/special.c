/*
 * special.c - finalizers, cleanups and weak handles: records beside objects.
 *
 * Concepts.  A *special* is a record of one thing attached to one object.  It
 * lies outside the heap, in a slab of such records.
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
 * An object may have a million of them, and a span a million in all.  So:
 *
 * The records of one object form two *groups*, doubly linked: its weak handles,
 * and its finalizer and cleanups, the finalizer first.  The first record of a
 * group is its *leader*.  A span has a list for each word of its bits, that is,
 * for 64 neighbouring slots (span->specials); it links the leaders of the
 * groups of those objects, highest object first, for that is mostly where the
 * next one belongs, and of one object the weak group first.  A span without
 * specials has no lists, and sweeping it costs one test more than if there were
 * no specials in the world.
 *
 * A list has 128 leaders at most, and each operation walks over at most one
 * list of leaders, and over no group.  Attaching adds a leader, or puts the
 * record behind the leader.  A finalizer is found as the leader that it is, a
 * cleanup is given by its record, and a weak handle is found by its address in
 * a hash table of all weak handles (weak_table.c).
 *
 *	SPECIAL-1 A finalizer's object that is found dead is *revived*: it is
 *		black when its finalizer is put on the queue.  All that it
 *		refers to is black too: marking has scanned it, as a root; or
 *		the finalizer was attached while marking, and then the object
 *		was marked itself.
 *	SPECIAL-2 Weak handles of a dead object, revived or not, are NULL before
 *		its finalizer is put on the queue, and stay so.  Its cleanups
 *		wait until it is dead and is not revived.
 *	SPECIAL-3 Hence the order: of two objects with finalizers, one of which
 *		refers to the other, first comes the one that is not referred
 *		to, the other in a later cycle.  An object with a finalizer that
 *		can be reached from itself is reachable for ever: it is never
 *		freed.
 *	SPECIAL-4 Let a span be *settled* if its specials_gen is heap.sweepgen.
 *		A span with specials that is not settled is not swept, and its
 *		white bits are those that marking has left, but for revived
 *		objects, whose handles are NULL.  A handle whose object lies in
 *		a settled span tells the truth.
 *	SPECIAL-5 A record that is attached is in one group, of the object that
 *		its ptr leads to, and either leads it (SPECIAL_LEADS) or is
 *		behind its back.  A finalizer leads.  No two weak handles have
 *		the same ptr.
 *
 * The owner of a span settles it, under the lock, before it changes another bit
 * of it; that may take several turns (special_sweep.c).  A goroutine that
 * attaches the first special to a span that may await sweeping settles it too:
 * the object is alive, since the caller has it.  heap.sweepgen changes with the
 * world stopped, so in one piece of runtime text a settled span stays settled.
 *
 * A slab is never freed and its records are never anything else, so a caller
 * that has a cleanup's record and the number that it had can ask whether the
 * record is still that cleanup.
 *
 * Marking.  Slabs are root jobs, one each.  A job copies a record under the
 * lock and marks from the copy.  What is attached while marking goes on may
 * have missed its job; but its arg comes from a goroutine, so it is old or new
 * (MARKER-1) and will be marked anyway.  What leaves a record is shaded, as a
 * store into a slot would (MARKER-2).
 *
 * Here are the records, what marking does with them, and a check.  The lists
 * and groups are kept by attach.c and special_sweep.c, what is due by errand.c;
 * weak_value is in weak.c.
 *
 * Locking.  special_lock guards everything here.  One lock: what is done under
 * it is a few dozen instructions, or a turn of sweeping, and weak_value does
 * without (weak.c).
 *
 * Memory.  48 bytes a record, whatever its kind: the link of a leader takes the
 * place of the link back, which a leader has no use for, that of a bucket the
 * place of the function, which a weak handle has not.
 *
 * Rejected: a list per span, as Go has, sorted by address: a thousand small
 * objects in a span make it a quarter of a million steps to attach something
 * to each, and a hundred thousand cleanups of one object five thousand million.
 * A table of the groups by address as well: then sweeping would look up each
 * dead object that has a special, and a list of 64 objects is as good.
 */
#include "gc/special.h"

#include "gc/heap.h"
#include "gc/mark.h"
#include "gc/meta.h"
#include "gc/special_internal.h"
#include "gc/weak_table.h"
#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"

struct special_slab {
	struct special_slab *next;	/* [I] made before */
	struct special_slab *self;	/* [I] by which a slab is known */
	struct special       special[(PAGE_SIZE - 16) / sizeof(struct special)];
};

/*
 * Field key:	[L] by special_lock	[C] CAS		[a] atomic
 */
struct spinlock special_lock =
    SPINLOCK_INIT("gc specials", RANK_GC_SPECIAL);
struct special *special_spare;
static struct {
	struct special_slab          *slabs;	/* [L] newest first */
	size_t                        nslabs;	/* [L] */
	ATOMIC(struct special_slab *) to_scan;	/* [C] of the root jobs */
} specials;

/* ---- records, all with the lock held ---- */

void
special_free_locked(struct special *sp)
{
	/* relaxed: locked. */
	store_relaxed(&sp->tag, SPECIAL_FREE);
	sp->ptr = 0;
	sp->arg = NULL;
	sp->next = special_spare;
	special_spare = sp;
}

bool
special_is(const struct special *sp)
{
	const struct special_slab *slab = (const struct special_slab *)
	    ROUND_DOWN((uintptr_t)sp, (uintptr_t)PAGE_SIZE);
	uintptr_t off = (uintptr_t)sp - (uintptr_t)slab->special;

	return slab->self == slab && off % sizeof(*sp) == 0 &&
	    off / sizeof(*sp) < ARRAY_LEN(slab->special);
}

bool
special_slab_locked(void)
{
	struct special_slab *slab = page_alloc(1);

	if (slab == NULL)
		return false;
	/* relaxed: a statistic. */
	add_relaxed(&heap.meta_pages, 1);
	memset(slab, 0, sizeof(*slab));
	slab->self = slab;
	for (size_t i = ARRAY_LEN(slab->special); i-- > 0;)
		special_free_locked(&slab->special[i]);
	slab->next = specials.slabs;
	specials.slabs = slab;
	specials.nslabs++;
	return true;
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

/* ---- checking ---- */

/* The group that sp leads, of the object in slot i of s: how many there are. */
static size_t
check_group(const struct span *s, uint64_t i, const struct special *sp)
{
	bool   weak = special_kind(sp) == SPECIAL_WEAK;
	size_t n = 0;

	for (const struct special *lead = sp; sp != NULL; sp = sp->next, n++) {
		enum special_kind kind = special_kind(sp);

		if (span_of(sp->ptr) != s || span_index(s, sp->ptr) != i ||
		    special_leads(sp) != (sp == lead) ||
		    (kind == SPECIAL_WEAK) != weak ||
		    (kind == SPECIAL_FINALIZER && sp != lead) ||
		    kind == SPECIAL_FREE || kind >= SPECIAL_DUE_FINALIZER ||
		    (sp->next != NULL && sp->next->back != sp))
			panic("gc: SPECIAL-5: a record of kind %u for %lx is "
			    "in a group of slot %lu of span %p", kind,
			    (unsigned long)sp->ptr, (unsigned long)i,
			    (const void *)s);
		if (weak && weak_table_find(sp->ptr) != sp)
			panic("gc: WTABLE-2: the weak handle for %lx is not in "
			    "the table", (unsigned long)sp->ptr);
	}
	return n;
}

static void
check_span(struct span *s, void *arg)
{
	size_t           *attached = arg;
	/* relaxed: world stopped. */
	struct special **lists = load_relaxed(&s->specials);

	for (uint32_t w = 0; lists != NULL && w <= s->nslots / 64; w++) {
		uint64_t below = 2 * s->nslots;	/* place of the last leader */

		for (struct special *sp = lists[w]; sp != NULL;
		    sp = sp->lower) {
			uint64_t i = span_index(s, sp->ptr);
			uint64_t place = 2 * i +
			    (special_kind(sp) == SPECIAL_WEAK);

			if (i / 64 != w || place >= below)
				panic("gc: the special of %lx is out of order "
				    "on list %u of span %p",
				    (unsigned long)sp->ptr, w, (void *)s);
			if (!span_allocated(s, i))
				panic("gc: a special of kind %u of %lx, which "
				    "is free", special_kind(sp),
				    (unsigned long)sp->ptr);
			below = place;
			*attached += check_group(s, i, sp);
		}
	}
}

void
special_check(void)
{
	size_t in_groups = 0, attached = 0, weak = 0, due = special_ndue();

	span_each(check_span, &in_groups);
	for (struct special_slab *slab = specials.slabs; slab != NULL;
	    slab = slab->next)
		for (size_t i = 0; i < ARRAY_LEN(slab->special); i++) {
			enum special_kind kind =
			    special_kind(&slab->special[i]);

			attached += kind != SPECIAL_FREE &&
			    kind < SPECIAL_DUE_FINALIZER;
			weak += kind == SPECIAL_WEAK;
			due -= kind >= SPECIAL_DUE_FINALIZER;
		}
	if (attached != in_groups || due != 0)
		panic("gc: %zu specials attached, %zu in groups of spans; the "
		    "queue is off by %zd", attached, in_groups,
		    (ptrdiff_t)due);
	if (weak != weak_table_count())
		panic("gc: WTABLE-2: %zu weak handles, %zu in the table", weak,
		    weak_table_count());
}
