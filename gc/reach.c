/*
 * reach.c - what could be reached if some roots were left out.
 *
 * The marker itself finds it, as in a collection with the world stopped.  But
 * no cycle begins or ends: pacer, era and sweeping know nothing of this
 * marking, and at the end the white bits are again as they must be outside
 * marking (SPAN-4).  Before the marking every P returns its runs and everything
 * is swept, so that in all spans the white bits equal the alloc bits to begin
 * with.
 */
#include "gc/reach.h"

#include "gc/heap.h"
#include "gc/local.h"
#include "gc/mark.h"
#include "gc/span.h"
#include "gc/sweep.h"
#include "kernel/hart.h"
#include "lib/check.h"

struct request {
	void (*begin)(void *arg);
	void (*fn)(struct gc_work *w, void *arg);
	void  *arg;
};

static bool reaching;		/* [S] a scan for gc_reach is under way */

bool
gc_reach_only(void)
{
	return reaching;
}

/* Establish SPAN-4: make all objects of s white. */
static void
whiten(struct span *s, void *unused)
{
	(void)unused;
	for (uint32_t i = 0; i <= s->nslots / 64; i++)
		/* relaxed: world stopped. */
		store_relaxed(&s->white[i].bits,
		    load_relaxed(&s->alloc[i].bits));
}

void
gc_reach_whiten_stw(void)
{
	span_each(whiten, NULL);
}

void
gc_reach_begin_stw(void)
{
	local_flush_all_stw(NULL);
	sweep_all();
	reaching = true;
}

void
gc_reach_end_stw(void)
{
	gc_reach_whiten_stw();
	reaching = false;
}

static void
reach_stw(void *arg)
{
	struct request *req = arg;
	struct gc_work *w = &this_hart()->gc->work;
	struct mark_result ignored;

	gc_reach_begin_stw();
	req->begin(req->arg);
	/* relaxed: world stopped; also below. */
	store_relaxed(&heap.phase, GC_MARK_STOPPED);
	mark_all_stw(1, &ignored);
	req->fn(w, req->arg);
	(void)mark_harvest(w, &ignored);
	store_relaxed(&heap.phase, GC_OFF);
	gc_reach_end_stw();
}

void
gc_reach(void (*begin)(void *arg),
    void (*fn)(struct gc_work *w, void *arg), void *arg)
{
	struct request req = { begin, fn, arg };

	gc_stop_between_cycles("finding what can be reached");
	gc_host.on_system_stack(reach_stw, &req);
	gc_host.start_world();
}

void
gc_reach_more(struct gc_work *w)
{
	mark_rest_stw(w);
}

static void
words_of_span(struct span *s, void *arg)
{
	void (**fn)(uintptr_t, uintptr_t) = arg;

	for (uint64_t i = 0; i < s->nslots; i++) {
		uintptr_t base = s->base + i * s->size;

		if (span_allocated(s, i) && !span_white(s, i))
			(*fn)(base, base + s->size);
	}
}

void
gc_reached_words(void (*fn)(uintptr_t at, uintptr_t end))
{
	span_each(words_of_span, &fn);
}

bool
gc_reached(const void *addr)
{
	struct span *s = span_of((uintptr_t)addr);
	uint64_t i;

	if (s == NULL)
		return true;
	i = span_index(s, (uintptr_t)addr);
	return i < s->nslots && span_allocated(s, i) && !span_white(s, i);
}
