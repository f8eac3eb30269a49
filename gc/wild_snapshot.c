/*
 * wild_snapshot.c - what could be reached when marking began.
 *
 * The snapshot is made by a walk over everything that can be reached, with the
 * world stopped, just before the markers do the same beside the mutators.  The
 * roots are those of the marker: the code that marks from them shows their
 * words to a spy (struct gc_spy, why.h).  For each object that the walk
 * reaches, the address of the word that led there first is kept.  This address
 * is called the *shadow* of the object.  A span with a reached object has an
 * array of shadows, one for each slot.
 *
 * The walk takes the roots in the order of the marker's jobs, which begins with
 * the root blocks and ends with the stacks, and follows each job to the end
 * before it takes the next.  So an object that a root block and a stack both
 * lead to has a shadow in the block or in the heap, not in the stack.
 *
 * Memory: 8 bytes for each slot of a span with a reached object, and 8 for each
 * page of RAM.  All of it is given back at the end of the cycle.
 */
#include "gc/wild_internal.h"

#include "gc/heap.h"
#include "gc/ptrmap.h"
#include "gc/reach.h"
#include "gc/root.h"
#include "gc/slot.h"
#include "gc/span.h"
#include "gc/why.h"
#include "gc/work.h"
#include "kernel/page.h"
#include "kernel/syncpoint.h"
#include "lib/check.h"
#include "lib/str.h"

enum {
	RUN_PAGES = 16,		/* pages of shadows that are taken at a time */
	NO_PLACE = 1,		/* the shadow of an object that was reached
				 * through no word of memory */
};

/* A run of pages with shadows. */
struct run_of_shadows {
	struct run_of_shadows *next;
	size_t                 npages;
};

/* Objects whose words are still to be looked at. */
struct stack {
	struct stack *below;
	uint64_t      n;
	uintptr_t     obj[(PAGE_SIZE - 16) / 8];
};

/* World stopped. */
static struct {
	struct gc_spy  spy;
	struct gc_work work;		/* carries the spy to the roots */
	uintptr_t    **shadows;		/* for each page from page_lo on: the
					 * shadows of the span that begins
					 * there, or NULL; NULL: no snapshot */
	struct run_of_shadows *runs;
	uintptr_t      bump, end;	/* the rest of the first run */
	struct stack  *top;
	bool           no_memory;
} snapshot;

/* ---- memory ---- */

static size_t
table_pages(void)
{
	size_t bytes = (page_hi - page_lo) / PAGE_SIZE *
	    sizeof(snapshot.shadows[0]);

	return (bytes + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Returns nbytes of zeros that last as long as the snapshot, or NULL without
 * memory. */
static void *
bump(size_t nbytes)
{
	size_t npages = RUN_PAGES;
	struct run_of_shadows *run;
	void *p;

	if (snapshot.end - snapshot.bump < nbytes) {
		if (npages * PAGE_SIZE < nbytes + sizeof(*run))
			npages = nbytes / PAGE_SIZE + 2;
		run = FAULT(gc_wild_finds_no_memory) ? NULL :
		    page_alloc(npages);
		if (run == NULL) {
			snapshot.no_memory = true;
			return NULL;
		}
		run->next = snapshot.runs;
		run->npages = npages;
		snapshot.runs = run;
		snapshot.bump = (uintptr_t)(run + 1);
		snapshot.end = (uintptr_t)run + npages * PAGE_SIZE;
	}
	p = (void *)snapshot.bump;
	snapshot.bump += nbytes;
	return memset(p, 0, nbytes);
}

/* Returns the place of the pointer to the shadows of s. */
static uintptr_t **
shadows_of(const struct span *s)
{
	return &snapshot.shadows[(s->base - page_lo) / PAGE_SIZE];
}

static void
push(uintptr_t obj)
{
	struct stack *top = snapshot.top;

	if (top == NULL || top->n == ARRAY_LEN(top->obj)) {
		top = page_alloc(1);
		if (top == NULL) {
			snapshot.no_memory = true;
			return;
		}
		top->n = 0;
		top->below = snapshot.top;
		snapshot.top = top;
	}
	top->obj[top->n++] = obj;
}

/* Take an object off the stack.  Returns 0 if the stack is empty. */
static uintptr_t
pop(void)
{
	struct stack *top = snapshot.top;
	uintptr_t obj;

	if (top == NULL)
		return 0;
	obj = top->obj[--top->n];
	if (top->n == 0) {
		snapshot.top = top->below;
		page_free(top, 1);
	}
	return obj;
}

/* ---- walking ---- */

/* Note what v leads to.  v is the word at at, or at is 0 and v was found in no
 * word of memory. */
static void
see(struct gc_spy *spy, uintptr_t at, uintptr_t v)
{
	struct span *s = span_of(v);
	uintptr_t **shadows;
	uint64_t i;

	(void)spy;
	if (s == NULL || snapshot.no_memory)
		return;
	i = span_index(s, v);
	if (i >= s->nslots || !span_allocated(s, i))
		return;
	shadows = shadows_of(s);
	if (*shadows == NULL)
		*shadows = bump(s->nslots * sizeof(**shadows));
	if (*shadows == NULL || (*shadows)[i] != 0)
		return;
	(*shadows)[i] = at != 0 ? at : NO_PLACE;
	if (!s->noscan)
		push(s->base + i * s->size);
}

static void
see_slot(void *unused, uintptr_t at)
{
	(void)unused;
	see(NULL, at, slot_load(at));
}

static void
walk(void)
{
	for (size_t job = 0, n = root_jobs(); job < n; job++) {
		uintptr_t obj;

		root_scan(job, &snapshot.work);
		while ((obj = pop()) != 0)
			ptrmap_each(span_of(obj), obj, see_slot, NULL);
	}
}

bool
wild_snapshot_take_stw(void)
{
	ASSERT(snapshot.shadows == NULL);
	snapshot.no_memory = false;
	snapshot.shadows = page_alloc(table_pages());
	if (snapshot.shadows == NULL)
		return false;
	memset(snapshot.shadows, 0, table_pages() * PAGE_SIZE);
	snapshot.spy.see = see;
	snapshot.work.spy = &snapshot.spy;
	gc_reach_begin_stw();
	walk();
	gc_reach_end_stw();
	if (snapshot.no_memory)
		wild_snapshot_drop_stw();
	return !snapshot.no_memory;
}

static void
each_lost(struct span *s, void *arg)
{
	void (**fn)(uintptr_t obj, uintptr_t at) = arg;
	const uintptr_t *shadows = *shadows_of(s);

	for (uint64_t i = 0; shadows != NULL && i < s->nslots; i++)
		if (shadows[i] > NO_PLACE && span_white(s, i))
			(*fn)(s->base + i * s->size, shadows[i]);
}

void
wild_snapshot_each_lost_stw(void (*fn)(uintptr_t obj, uintptr_t at))
{
	if (snapshot.shadows != NULL)
		span_each(each_lost, &fn);
}

void
wild_snapshot_drop_stw(void)
{
	while (pop() != 0)
		;
	while (snapshot.runs != NULL) {
		struct run_of_shadows *run = snapshot.runs;

		snapshot.runs = run->next;
		page_free(run, run->npages);
	}
	snapshot.bump = snapshot.end = 0;
	if (snapshot.shadows != NULL)
		page_free(snapshot.shadows, table_pages());
	snapshot.shadows = NULL;
}
