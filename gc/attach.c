/*
 * attach.c - attach and detach finalizers, cleanups and weak handles.  The head
 * of special.c says what they are, and how lists and groups are made.
 */
#include "gc/special_internal.h"
#include "gc/weak_table.h"
#include "lib/str.h"

/* Field key: [L] by special_lock */
static uint64_t last_number;		/* [L] last number that a record got */

/* ---- lists and groups, all with the lock held ---- */

/*
 * The place where a group is listed.  link is the link, on the list of the
 * span, that leads to the group's leader.  If there is no such group, leader is
 * NULL, and a new leader belongs at link.
 */
struct place {
	struct special **link;
	struct special  *leader;
};

/* Return the span of ptr, which leads to an object. */
INLINE struct span *
span_of_object(uintptr_t ptr)
{
	/* dependent: with span_new. */
	return load_dependent(&span_slot_of(&span_table, ptr)->span);
}

INLINE bool
is_weak(const struct special *sp)
{
	return special_kind(sp) == SPECIAL_WEAK;
}

/* Find the place of a group of the object at ptr: of the group of its weak
 * handles if weak is set, else of the group of its finalizer and cleanups.
 * lists are the lists of s, the span of the object. */
INLINE struct place
find_group(const struct span *s, struct special **lists, uintptr_t ptr,
    bool weak)
{
	uint64_t  i = span_index(s, ptr);
	uintptr_t base = s->base + i * s->size, end = base + s->size;
	struct special **at = &lists[i / 64], *sp = *at;

	while (sp != NULL && sp->ptr >= end) {
		at = &sp->lower;
		sp = *at;
	}
	if (sp == NULL || sp->ptr < base)
		return (struct place){ .link = at };
	/* sp belongs to the object.  The weak group comes first. */
	if (!weak && is_weak(sp)) {
		at = &sp->lower;
		sp = *at;
		if (sp != NULL && sp->ptr < base)
			sp = NULL;
	} else if (weak && !is_weak(sp)) {
		sp = NULL;
	}
	return (struct place){ .link = at, .leader = sp };
}

/* Make the lists of s.  Returns NULL if there is no memory. */
static NOINLINE struct special **
make_lists(struct span *s)
{
	size_t nbytes = special_lists_bytes(s);
	struct special **lists = meta_alloc(nbytes);

	if (lists == NULL)
		return NULL;
	memset(lists, 0, nbytes);
	/* relaxed: a sweeper reads this without the lock, but only to see
	 * whether there are any lists.  It need not see lists that were made
	 * after the last stop of the world. */
	store_relaxed(&s->specials, lists);
	/* release: pairs with load_acquire in weak_value. */
	store_release(&s->specials_gen, load_relaxed(&heap.sweepgen));
	return lists;
}

/* Find a group as find_group does, but make the lists of the span if it has
 * none.  Returns false if there is no memory for them. */
INLINE bool
need_group(struct place *at, uintptr_t ptr, bool weak)
{
	struct span *s = span_of_object(ptr);
	/* relaxed: locked. */
	struct special **lists = load_relaxed(&s->specials);

	if (UNLIKELY(lists == NULL))
		lists = make_lists(s);
	if (UNLIKELY(lists == NULL))
		return false;
	*at = find_group(s, lists, ptr, weak);
	return true;
}

/* Attach a new special of the given kind to the object at ptr.  The place of
 * the object's group is at.  Returns NULL if there is no memory. */
INLINE struct special *
attach(const struct place *at, enum special_kind kind, uintptr_t ptr, void *arg)
{
	struct special *sp = special_new_locked(), *leader = at->leader;
	uint64_t tag = ++last_number << SPECIAL_TAG_SHIFT | (uint64_t)kind;

	if (UNLIKELY(sp == NULL))
		return NULL;
	sp->ptr = ptr;
	sp->arg = arg;
	if (leader == NULL) {
		sp->next = NULL;
		sp->lower = *at->link;
		*at->link = sp;
		tag |= SPECIAL_LEADS;
	} else if (kind == SPECIAL_FINALIZER) {			/* SPECIAL-5 */
		sp->next = leader;
		sp->lower = leader->lower;
		*at->link = sp;
		tag |= SPECIAL_LEADS;
		leader->back = sp;
		/* relaxed: locked, here and below. */
		store_relaxed(&leader->tag, load_relaxed(&leader->tag) &
		    ~(uint64_t)SPECIAL_LEADS);
	} else {
		sp->next = leader->next;
		if (sp->next != NULL)
			sp->next->back = sp;
		sp->back = leader;
		leader->next = sp;
	}
	store_relaxed(&sp->tag, tag);
	return sp;
}

/* Take sp, which is attached, out of its group. */
static void
detach(struct special *sp)
{
	if (special_leads(sp)) {
		struct span *s = span_of_object(sp->ptr);

		/* relaxed: locked. */
		special_unlead_locked(find_group(s, load_relaxed(&s->specials),
		    sp->ptr, is_weak(sp)).link);
		return;
	}
	sp->back->next = sp->next;
	if (sp->next != NULL)
		sp->next->back = sp->back;
}

/* ---- finalizers ---- */

/* Does a finalizer lead the group whose place is at? */
static bool
has_finalizer(const struct place *at)
{
	return at->leader != NULL &&
	    special_kind(at->leader) == SPECIAL_FINALIZER;
}

enum gc_attached
gc_attach_finalizer(void *obj, void (*fn)(void *obj, void *arg), void *arg)
{
	uintptr_t        ptr = (uintptr_t)obj;
	struct special  *sp;
	struct place     at;
	enum gc_attached result = GC_ATTACHED_NO_MEMORY;

	spin_lock(&special_lock);
	if (!need_group(&at, ptr, false))
		goto out;
	if (has_finalizer(&at)) {
		result = GC_ATTACHED_ALREADY;
		goto out;
	}
	sp = attach(&at, SPECIAL_FINALIZER, ptr, arg);
	if (sp != NULL) {
		sp->fn.finalizer = fn;
		result = GC_ATTACHED;
	}
out:
	spin_unlock(&special_lock);
	return result;
}

void
gc_detach_finalizer(void *obj)
{
	uintptr_t ptr = (uintptr_t)obj;
	struct span *s = span_of_object(ptr);
	struct special **lists, *sp;
	struct place at = { NULL, NULL };
	void *arg = NULL;

	spin_lock(&special_lock);
	/* relaxed: locked. */
	lists = load_relaxed(&s->specials);
	if (lists != NULL)
		at = find_group(s, lists, ptr, false);
	if (has_finalizer(&at)) {
		sp = at.leader;
		special_unlead_locked(at.link);
		arg = sp->arg;
		special_free_locked(sp);
	}
	spin_unlock(&special_lock);
	special_shade(arg);
}

/* ---- cleanups ---- */

struct special *
gc_attach_cleanup(void *ptr, void (*fn)(void *arg), void *arg,
    uint64_t *number)
{
	struct special *sp = NULL;
	struct place    at;

	spin_lock(&special_lock);
	if (need_group(&at, (uintptr_t)ptr, false))
		sp = attach(&at, SPECIAL_CLEANUP, (uintptr_t)ptr, arg);
	if (sp != NULL) {
		sp->fn.cleanup = fn;
		*number = special_number(sp);
	}
	spin_unlock(&special_lock);
	return sp;
}

void
gc_detach_cleanup(struct special *sp, uint64_t number)
{
	void *arg = NULL;

	if (!special_is(sp))
		return;
	spin_lock(&special_lock);
	/* If the record is still attached, its object has not been swept, so
	 * the object still has its span. */
	if (special_number(sp) == number &&
	    special_kind(sp) == SPECIAL_CLEANUP) {
		detach(sp);
		arg = sp->arg;
		special_free_locked(sp);
	}
	spin_unlock(&special_lock);
	special_shade(arg);
}

/* ---- weak handles ---- */

/* Attach handle to the object at ptr.  There is no handle for ptr yet.  Returns
 * false if there is no memory. */
static bool
attach_handle(uintptr_t ptr, struct weak_handle *handle)
{
	struct special *sp;
	struct place    at;

	if (!weak_table_ready() || !need_group(&at, ptr, true))
		return false;
	sp = attach(&at, SPECIAL_WEAK, ptr, handle);
	if (sp == NULL)
		return false;
	weak_table_add(sp);
	/* relaxed: a goroutine that gets the handle from the caller sees this
	 * store by the way in which it got the handle; a goroutine that gets
	 * the handle from the record sees it by the lock. */
	store_relaxed(&handle->ptr, ptr);
	return true;
}

struct weak_handle *
gc_weak_handle(void *p)
{
	uintptr_t           ptr = (uintptr_t)p;
	struct special     *sp;
	struct weak_handle *handle;
	uint64_t            number;
	static struct weak_handle immortal = {
		ATOMIC_INIT((uintptr_t)gc_zero_object)
	};

	if (p == gc_zero_object)
		return &immortal;
	spin_lock(&special_lock);
	sp = weak_table_find(ptr);
	handle = sp != NULL ? sp->arg : NULL;
	number = last_number;
	spin_unlock(&special_lock);
	if (handle != NULL)
		return handle;
	handle = gc_new_bytes(sizeof(*handle));	/* may let others run */
	spin_lock(&special_lock);
	/* If nothing has been attached meanwhile, ptr still has no handle. */
	if (last_number != number)
		sp = weak_table_find(ptr);
	if (sp != NULL)
		handle = sp->arg;
	else if (!attach_handle(ptr, handle))
		handle = NULL;
	spin_unlock(&special_lock);
	return handle;
}
